import Datasets
import Foundation
import Records
import Testing

@testable import Recipes
@testable import Training

/// What the coordinator decides, and that each decision is a line of the journal with its reason.
@Suite struct CoordinatorTests {
  private static func recipe(_ stages: String, _ more: String = "") throws -> Recipe {
    try Recipe.parse(
      yaml: """
        model: {path: llava}
        data: {captions: {path: captions.json}, chat: {path: chat.json}}
        stages:
        \(stages)
        \(more)
        """, source: "r.yaml")
  }

  private static func stage(_ name: String, until: String, mix: String = "{captions: 1}") -> String {
    """
      - name: \(name)
        train: {connector: {lr: 1e-3}}
        mix: \(mix)
        batch: {global: 4, micro: 2}
        until: \(until)
    """
  }

  /// A run in which every step's loss is `loss(step)`: the decisions in words, and the journal.
  private static func run(
    _ recipe: Recipe, state: RunState = RunState(), stopAfter: Int = .max, dropping: String? = nil,
    loss: (Int) -> Double = { _ in 1 }
  ) throws -> (decisions: [String], steps: [StepPlan], state: RunState, journal: [JournalEntry]) {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let journal = try Journal(path: path)
    var coordinator = Coordinator(
      recipe: recipe, sources: [("captions", 10), ("chat", 6)], state: state, journal: journal)
    var (decisions, steps): ([String], [StepPlan]) = ([], [])
    while true {
      let decision = try coordinator.next()
      switch decision {
      case .beginStage(let index):
        decisions.append("stage \(index)")
        try coordinator.began(parameters: 7)
      case .step(let plan, let next):
        decisions.append("step \(plan.step)")
        #expect(next == nil || next?.step == plan.step + 1)
        steps.append(plan)
        var leaf = LeafRecord(leaf: 0, sources: 2)
        (leaf.loss, leaf.supervised) = ([loss(plan.step), 0], [1, 0])
        try coordinator.finished(
          plan, StepResult(leaves: [leaf], gradientNorm: 1, applied: true, seconds: PhaseSeconds()))
        if steps.count == stopAfter { try coordinator.interrupt() }
      case .evaluate(let when):
        decisions.append("evaluate \(when)")
        if when == dropping {
          coordinator.leftOut(try #require(StagePoint(when)))
          try coordinator.interrupt()
        } else {
          try coordinator.evaluated([], [], when: #require(StagePoint(when)))
        }
      case .checkpoint(let isAwaited):
        decisions.append(isAwaited ? "checkpoint" : "checkpoint begun")
        try coordinator.saved(
          WrittenCheckpoint(
            step: coordinator.state.step, reason: coordinator.checkpointReason(isLate: steps.count == 4), bytes: 5,
            blockedSeconds: 0.5,
            writeSeconds: 2, problems: []))
      case .takeCheckpoint: Issue.record("only a checkpoint under way is taken")
      case .pause, .finish:
        decisions.append("\(decision)")
        return (decisions, steps, coordinator.state, try Journal.read(path: path))
      }
    }
  }

  @Test func `stages follow each other by steps and by epochs, each with its evaluation and its checkpoint`() throws {
    let recipe = try Self.recipe(
      [
        Self.stage("align", until: "{steps: 3}"),
        // 10 captions in batches of 4: two full steps and one of two samples.
        Self.stage("instruct", until: "{epochs: 1}"),
      ].joined(separator: "\n"), "checkpoint: {every_steps: 2}")
    let (decisions, steps, state, journal) = try Self.run(recipe)
    #expect(
      decisions == [
        "stage 0", "evaluate before", "step 0", "step 1", "checkpoint begun", "step 2", "evaluate after", "checkpoint",
        "stage 1", "step 3", "checkpoint begun", "step 4", "step 5", "evaluate after", "checkpoint", "finish",
      ])
    let sizes = steps.map { step in step.leaves.map(\.count) }
    #expect(sizes == [[2, 2], [2, 2], [2, 2], [2, 2], [2, 2], [2]])
    // An epoch of captions: each one once.
    let epoch = Set(steps[3...].flatMap { step in step.leaves.joined() })
    #expect(epoch.count == 10)
    #expect(state.stage == 2)
    let (plain, late) = (
      "as the recipe asks", "as the recipe asks; training waited until the checkpoint before was written"
    )
    #expect(
      journal.filter { $0.event == .checkpoint }.map(\.reason) == [
        plain, "the stage is done", late, "the stage is done",
      ])
    #expect(journal.filter { $0.event == .stage }.map(\.stage) == ["align", "instruct"])
    #expect(journal.last?.event == .finish)
    #expect(journal.allSatisfy { !$0.reason.isEmpty })
  }

  @Test func `a stage ends where its loss has stopped falling, and the journal says why`() throws {
    let recipe = try Self.recipe(Self.stage("align", until: "{plateau: {patience: 3, min_delta: 0.1, max_epochs: 50}}"))
    // Windows of three steps: 9, 6, 5.95.
    let (decisions, _, _, journal) = try Self.run(recipe) { $0 < 3 ? 9 : ($0 < 6 ? 6 : 5.95) }
    #expect(decisions.filter { $0.hasPrefix("step") }.count == 9)
    #expect(
      journal.contains {
        $0.event == .stage && $0.step == 9 && $0.reason == "the loss has not fallen by 0.1 over 3 steps"
      })
    // A loss that always falls is stopped by the last epoch: 10 captions, 50 times, in batches of 4.
    let falling = try Self.run(recipe) { -Double($0) }
    #expect(falling.steps.count == 125)
  }

  @Test func `weights move along the curriculum, and the journal has a line whenever they have moved`() throws {
    let mix = "[{at: 0.0, weights: {captions: 1, chat: 0}}, {at: 1.0, weights: {captions: 0, chat: 1}}]"
    let recipe = try Self.recipe(Self.stage("align", until: "{steps: 40}", mix: mix))
    let (_, steps, _, journal) = try Self.run(recipe)
    #expect(steps.map { $0.weights[1] } == (0..<40).map { Double($0) / 40 })
    func drawnFromChat(_ steps: ArraySlice<StepPlan>) -> Int {
      steps.reduce(0) { sum, step in sum + step.leaves.joined().count { $0.source == 1 } }
    }
    let (early, late) = (drawnFromChat(steps.prefix(10)), drawnFromChat(steps.suffix(10)))
    #expect(early * 3 < late)
    let lines = journal.filter { $0.event == .curriculum }
    #expect((15...21).contains(lines.count))
    #expect(lines.last?.details["chat"] != nil)
  }

  @Test func `a signal saves and pauses, and the run goes on with the very steps that were to come`() throws {
    let recipe = try Self.recipe(
      Self.stage("align", until: "{steps: 9}", mix: "{captions: 0.7, chat: 0.3}"), "checkpoint: {every_steps: 0}")
    let whole = try Self.run(recipe)
    let first = try Self.run(recipe, stopAfter: 4)
    #expect(first.decisions.suffix(3) == ["step 3", "checkpoint", "pause"])
    #expect(first.journal.last?.event == .checkpoint)
    #expect(first.journal.last?.reason.hasPrefix("a signal asked to stop") == true)
    #expect(first.journal.contains { $0.event == .stop })
    let second = try Self.run(recipe, state: first.state)
    #expect(first.steps + second.steps == whole.steps)
    #expect(second.decisions.first == "stage 0")
    #expect(!second.decisions.contains("evaluate before"))
  }

  @Test func `a signal in the step that ends a plateau does not prolong the stage`() throws {
    let recipe = try Self.recipe(Self.stage("align", until: "{plateau: {patience: 3, min_delta: 0.1, max_epochs: 50}}"))
    let flat = { (_: Int) in 1.0 }
    let whole = try Self.run(recipe, loss: flat)
    #expect(whole.steps.count == 6)
    let first = try Self.run(recipe, stopAfter: 6, loss: flat)
    #expect(first.decisions.suffix(2) == ["checkpoint", "pause"])
    let second = try Self.run(recipe, state: first.state, loss: flat)
    #expect(second.decisions == ["stage 0", "evaluate after", "checkpoint", "finish"])
  }

  @Test func `an evaluation comes before the checkpoint of its step, and after a signal it is made up for`() throws {
    let recipe = try Self.recipe(
      Self.stage("align", until: "{steps: 5}"), "checkpoint: {every_steps: 2}\nevaluation: {every_steps: 2}")
    let whole = try Self.run(recipe)
    let middle = ["step 1", "evaluate step 2", "checkpoint begun", "step 2"]
    #expect(Array(whole.decisions[3..<7]) == middle)
    let first = try Self.run(recipe, stopAfter: 2)
    #expect(first.decisions.suffix(3) == ["step 1", "checkpoint", "pause"])
    let second = try Self.run(recipe, state: first.state)
    #expect(second.decisions.prefix(3) == ["stage 0", "evaluate step 2", "step 2"])
    // Once: what was saved after it does not ask for it again.
    let third = try Self.run(recipe, state: try Self.run(recipe, stopAfter: 3).state)
    #expect(third.decisions.prefix(2) == ["stage 0", "step 3"])
  }

  @Test(arguments: ["before", "step 2", "after"])
  func `an evaluation that is dropped for a signal's sake comes first in the next run`(point: String) throws {
    let recipe = try Self.recipe(Self.stage("align", until: "{steps: 3}"), "evaluation: {every_steps: 2}")
    let whole = try Self.run(recipe)
    let first = try Self.run(recipe, dropping: point)
    #expect(first.decisions.suffix(3) == ["evaluate \(point)", "checkpoint", "pause"])
    let second = try Self.run(recipe, state: first.state)
    #expect(second.decisions.prefix(2) == ["stage 0", "evaluate \(point)"])
    #expect(first.steps + second.steps == whole.steps && second.decisions.last == "finish")
    #expect(
      second.decisions.count { $0.hasPrefix("evaluate") } + first.decisions.count { $0.hasPrefix("evaluate") } == 4)
  }
}
