import Communication
import Datasets
import Evaluation
import Foundation
import Records
import Synchronization
import Testing

@testable import Recipes
@testable import Training

/// Samples that cannot be used, as a step and as the coordinator see them.
@Suite struct BadSampleTests {
  private static func recipe(_ overrides: [String] = []) throws -> Recipe {
    try Recipe.parse(
      yaml: """
        model: {path: llava}
        data: {chat: {path: chat.json}}
        stages:
          - name: align
            train: {connector: {lr: 1e-3}}
            batch: {global: 4, micro: 2}
            until: {steps: 9}
        """, source: "r.yaml", overrides: overrides)
  }

  private static func bad(_ index: Int) -> BadSample {
    BadSample(source: "chat", index: index, reason: "chat.json:\(index): bad")
  }

  private static func result(_ bad: [BadSample], loss: Double = 1) throws -> StepResult {
    var leaf = LeafRecord(leaf: 0, sources: 1)
    (leaf.loss, leaf.supervised, leaf.bad) = ([loss], [loss.isNaN ? 0 : 1], bad)
    return StepResult(leaves: [leaf], gradientNorm: 1, applied: !loss.isNaN, seconds: PhaseSeconds())
  }

  private static func withCoordinator(
    _ recipe: Recipe, _ body: (inout Coordinator, StepPlan) throws -> Void
  ) throws -> (state: RunState, journal: [JournalEntry]) {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var coordinator = Coordinator(
      recipe: recipe, sources: [("chat", 20)], state: RunState(), journal: try Journal(path: path))
    var plan: StepPlan?
    while plan == nil { if case .step(let step, _) = try coordinator.next() { plan = step } }
    try body(&coordinator, try #require(plan))
    return (coordinator.state, try Journal.read(path: path))
  }

  @Test func `a bad sample counts and is journalled once, however often it is drawn`() throws {
    let recipe = try Self.recipe(["max_bad_samples=2"])
    let (state, journal) = try Self.withCoordinator(recipe) { coordinator, plan in
      for _ in 0..<5 { try coordinator.finished(plan, try Self.result([Self.bad(3), Self.bad(8)])) }
      #expect(throws: TrainingError.badSamples(count: 3, limit: 2, last: "chat.json:5: bad")) {
        try coordinator.finished(plan, try Self.result([Self.bad(8), Self.bad(5)]))
      }
    }
    #expect(state.unusable == ["chat/3", "chat/5", "chat/8"])
    #expect(journal.filter { $0.event == .skip }.map(\.reason) == [3, 8, 5].map { "chat.json:\($0): bad" })
    let saved = try JSONDecoder().decode(RunState.self, from: JSONEncoder().encode(state))
    #expect(saved == state)
  }

  @Test func `steps without a usable sample are no faults of the gradient and no plateau`() throws {
    let recipe = try Self.recipe(["stages.0.until={plateau: {patience: 2}}"])
    let (state, journal) = try Self.withCoordinator(recipe) { coordinator, plan in
      for _ in 0..<20 { try coordinator.finished(plan, try Self.result([Self.bad(3)], loss: .nan)) }
    }
    #expect(state.notFiniteInARow == 0 && state.optimizerTime == 0 && state.step == 20)
    #expect(state.plateau == PlateauTracker())
    #expect(journal.count { $0.reason.hasPrefix("no sample of the global batch could be used") } == 20)
  }

  /// A run of `recipe` over 20 samples, of which `isBad` cannot be used. It goes on from its saved state after
  /// `pauseAfter` steps; `forgetsUse`: as earlier versions saved it.
  private static func run(
    _ recipe: Recipe, pauseAfter: Int = .max, forgetsUse: Bool = false, isBad: (Int) -> Bool
  ) throws -> (steps: Int, error: TrainingError?) {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    func coordinator(_ state: RunState) throws -> Coordinator {
      Coordinator(recipe: recipe, sources: [("chat", 20)], state: state, journal: try Journal(path: path))
    }
    var current = try coordinator(RunState())
    var steps = 0
    while true {
      let decision = try current.next()
      if case .finish = decision { return (steps, nil) }
      guard case .step(let plan, _) = decision else { continue }
      let drawn = plan.leaves.joined().map(\.index)
      let isLost = drawn.allSatisfy(isBad)
      do {
        try current.finished(plan, try Self.result(drawn.filter(isBad).map(Self.bad), loss: isLost ? .nan : 1))
      } catch let error as TrainingError { return (steps + 1, error) }
      steps += 1
      guard steps == pauseAfter else { continue }
      let saved = try JSONEncoder().encode(current.state)
      var state = try JSONDecoder().decode(RunState.self, from: saved)
      if forgetsUse { state.used = nil }
      current = try coordinator(state)
    }
  }

  @Test func `a source without a usable sample ends the run when all of it has been drawn`() throws {
    // 20 samples in steps of 4.
    let (steps, error) = try Self.run(Self.recipe()) { _ in true }
    guard case .nothingUsable(.source("chat"), samples: 20, let first) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(steps == 5 && first.hasPrefix("chat.json:"))
    #expect(try Self.run(Self.recipe(), pauseAfter: 4) { _ in true }.steps == 5)
    // Whether an earlier version had used a sample is not known.
    #expect(try Self.run(Self.recipe(), pauseAfter: 4, forgetsUse: true) { _ in true }.error == nil)
    for pause in [1, 4, Int.max] {
      let (steps, error) = try Self.run(Self.recipe(), pauseAfter: pause) { $0 != 7 }
      #expect(steps == 9 && error == nil, "one good sample of twenty, a pause after \(pause) steps")
    }
  }

  @Test func `a stage that ends before its source without a usable sample is no success`() throws {
    let (steps, error) = try Self.run(Self.recipe(["stages.0.until.steps=2"])) { _ in true }
    guard case .nothingUsable(.stage("align"), samples: 8, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(steps == 2)
  }

  @Test func `data that cannot be used at all are told of by their name, their number and the first fault`() {
    let source = TrainingError.nothingUsable(.source("chat"), samples: 20, first: "chat.json:3: bad")
    let words = "data source chat: none of its 20 samples could be used, so the run stops; the first: chat.json:3: bad"
    #expect("\(source)" == words)
    let stage = TrainingError.nothingUsable(.stage("align"), samples: 1, first: "chat.json:3: bad")
    #expect(
      "\(stage)" == "stage align: its only sample could not be used, so the run stops; the first: chat.json:3: bad")
  }

  private static func sums(good: Int, bad: Int) -> HeldOutSums {
    var sums = HeldOutSums()
    for _ in 0..<good { sums.add(([2], [true])) }
    (sums.bad, sums.firstBad) = (bad, bad > 0 ? "h.json:3: bad" : nil)
    return sums
  }

  @Test func `a held-out set that cannot be used at all ends the run instead of scoring 0`() throws {
    let (_, journal) = try Self.withCoordinator(Self.recipe()) { coordinator, _ in
      try coordinator.evaluated([("whole", Self.sums(good: 4, bad: 0))], [], when: .before)
      #expect(throws: TrainingError.nothingUsable(.heldOut("h"), samples: 4, first: "h.json:3: bad")) {
        try coordinator.evaluated([("h", Self.sums(good: 0, bad: 4))], [], when: .before)
      }
    }
    #expect(journal.compactMap { HeldOutResult($0)?.set } == ["whole"])
    let words = "held-out set h: none of its 4 samples could be used, so the run stops; the first: h.json:3: bad"
    #expect("\(TrainingError.nothingUsable(.heldOut("h"), samples: 4, first: "h.json:3: bad"))" == words)
  }

  @Test func `a held-out set of which a part cannot be used is named once, with its first fault`() throws {
    let (_, journal) = try Self.withCoordinator(Self.recipe()) { coordinator, _ in
      for _ in 0..<3 {
        try coordinator.evaluated([("h", Self.sums(good: 3, bad: 1))], [], when: .before)
      }
    }
    #expect(journal.compactMap { HeldOutResult($0)?.skipped } == [1, 1, 1])
    #expect(
      journal.filter { $0.event == .warning }.map(\.reason) == [
        "held-out set h: 1 of 4 samples could not be used and are not in its figures; the first: h.json:3: bad"
      ])
  }

  @Test func `steps without a usable sample neither speed a run up nor put off its end`() {
    var pace = Pace()
    #expect(pace.samplesPerSecond == 0 && pace.seconds(for: 7) == 0)
    pace.add(samples: 0, seconds: 0.5)
    #expect(pace.samplesPerSecond == 0 && pace.seconds(for: 100) == 50)
    var steady = Pace()
    for _ in 0..<9 { steady.add(samples: 8, seconds: 2) }
    #expect(abs(steady.samplesPerSecond - 4) < 1e-9 && abs(steady.seconds(for: 10) - 20) < 1e-9)
  }

  @Test func `a checkpoint's state carries the recipe`() throws {
    let recipe = try Self.recipe()
    let (state, _) = try Self.withCoordinator(recipe) { _, _ in }
    #expect(try Recipe.parse(yaml: try #require(state.recipe), source: "state") == recipe)
  }

  @Test func `the state of an older program is still read`() throws {
    let older =
      #"{"stage":0,"stageStep":0,"step":4,"stageEvaluated":false,"optimizerTime":4,"badSamples":3,"#
      + #""notFiniteInARow":0,"plateau":{"sum":0,"count":0},"evaluations":[]}"#
    let state = try JSONDecoder().decode(RunState.self, from: Data(older.utf8))
    #expect(state.step == 4 && state.unusable == nil && state.recipe == nil)
  }

  @Test func `a step whose samples are all bad changes nothing, on any rank`() throws {
    let batch = MicroBatch(samples: [], bad: [Self.bad(1), Self.bad(2)])
    let outcome = try TinyRun.step(ranks: 3, batches: { _ in batch })
    #expect(outcome.results.allSatisfy { !$0.applied && $0.loss.isNaN && $0.samples == 0 && $0.bad.count == 6 })
    #expect(outcome.changed == [false, false, false])
    // Without a bad sample there is no excuse.
    #expect(throws: TrainingError.nothingSupervised(step: 0)) {
      try TinyRun.step(ranks: 1, batches: { _ in MicroBatch(samples: [], bad: []) })
    }
  }

  @Test func `samples are named in the order of the global batch, on every rank`() throws {
    let outcome = try TinyRun.step(ranks: 2, namesSamples: true) { leaf in
      MicroBatch(samples: [TinyRun.sample(2 * leaf), TinyRun.sample(2 * leaf + 1)], bad: [])
    }
    for result in outcome.results {
      #expect(result.used.map { "\($0.source)/\($0.id)" } == (0..<6).map { "\($0 % 2)/sample \($0)" })
    }
    #expect(outcome.changed == [true, true])
  }

  @Test(arguments: [
    "steps: 9223372036854775807", "epochs: 1.0e+300", "plateau: {patience: 1, max_epochs: 9223372036854775807}",
  ])
  func `a stage without end is planned without overflow`(until: String) throws {
    let stage = try Self.recipe(["stages.0.until={\(until)}", "stages.0.batch.global=16777216"]).stages[0]
    #expect(StagePlan(stage, number: 0, sources: [("chat", 20)], seed: 1, state: nil, step: 0).totalSteps > 1 << 30)
    let small = try Self.recipe(["stages.0.until={\(until)}"]).stages[0]
    var plan = StagePlan(small, number: 0, sources: [("chat", 20)], seed: 1, state: nil, step: 0)
    #expect(plan.next(first: 0)?.leaves.map(\.count) == [2, 2])
  }

  @Test func `of ranks that all fail the first one tells, of one that fails alone that one`() throws {
    struct Fault: Error, Equatable { let rank: Int }
    func outcomes(_ failing: Set<Int>) throws -> [String] {
      let told = Mutex([String](repeating: "", count: 4))
      try LocalCommunicator.run(ranks: 4) { communicator in
        let rank = communicator.rank
        do {
          let value = try communicator.together {
            if failing.contains(rank) { throw Fault(rank: rank) } else { return rank }
          }
          told.withLock { $0[rank] = "\(value)" }
        } catch { told.withLock { $0[rank] = "\(error)" } }
      }
      return told.withLock { $0 }
    }
    let silent = "\(TrainingError.otherRankFailed)"
    #expect(try outcomes([]) == ["0", "1", "2", "3"])
    #expect(try outcomes([0, 1, 2, 3]) == ["\(Fault(rank: 0))", silent, silent, silent])
    #expect(try outcomes([2]) == [silent, silent, "\(Fault(rank: 2))", silent])
    #expect(try outcomes([1, 3]) == [silent, "\(Fault(rank: 1))", silent, silent])
  }

  @Test func `equal states are equal bytes, whatever came first`() throws {
    let names = (0..<40).map { "chat/\($0)" }
    let texts = try [names, names.reversed()].map { names in
      var state = RunState()
      state.unusable = []
      for name in names { state.unusable?.members.insert(name) }
      state.used = SortedSet(Set(0..<9))
      let json = try state.json
      #expect(try JSONDecoder().decode(RunState.self, from: Data(json)) == state)
      return String(decoding: json, as: UTF8.self)
    }
    #expect(texts[0] == texts[1] && texts[0].contains(#""used":[0,1,2,3,4,5,6,7,8]"#))
  }
}
