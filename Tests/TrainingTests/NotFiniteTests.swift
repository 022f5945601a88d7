import Communication
import Datasets
import Foundation
import Records
import Testing

@testable import Recipes
@testable import Training

/// Steps whose gradient is not finite: made on purpose, skipped, counted, and too many.
@Suite struct NotFiniteTests {
  @Test func `a fault to be injected is read from its text, and nonsense is none`() throws {
    let one = try #require(FaultInjection("inf,rank=1,step=5"))
    #expect(one.kind == .gradient(.infinity) && one.rank == 1 && one.steps == 5...5)
    #expect(FaultInjection("-inf,rank=1,step=5")?.strike(rank: 1, step: 5) == -.infinity)
    #expect(FaultInjection("sleep=30,rank=0,step=5-9")?.kind == .sleep(seconds: 30))
    #expect(FaultInjection("rank=0,step=5-9,nan")?.strike(rank: 0, step: 9)?.isNaN == true)
    #expect([4, 10].allSatisfy { FaultInjection("nan,rank=0,step=5-9")?.strike(rank: 0, step: $0) == nil })
    #expect(one.strike(rank: 0, step: 5) == nil && one.strike(rank: 1, step: 5) == .infinity)
    for nonsense in ["", "inf", "inf,rank=1", "inf,rank=x,step=1", "inf,rank=1,step=9-5", "sleep,rank=1,step=1", "=,"] {
      #expect(FaultInjection(nonsense) == nil, "\(nonsense)")
    }
    // Nothing is injected unless it is asked for.
    #expect(FaultInjection.current == nil)
  }

  /// Takes steps of which those in `bad` had a gradient that was not finite.
  private static func run(limit: Int, steps: Int, bad: Set<Int>) throws -> (state: RunState, skips: [String]) {
    let recipe = try Recipe.parse(
      yaml: """
        model: {path: llava}
        data: {captions: {path: captions.json}}
        stages: [{name: align, train: {connector: {lr: 1e-3}}, batch: {global: 4, micro: 2}, until: {steps: 20}}]
        max_not_finite: \(limit)
        """, source: "r.yaml")
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var coordinator = Coordinator(
      recipe: recipe, sources: [("captions", 10)], state: RunState(), journal: try Journal(path: path))
    var taken = 0
    while taken < steps {
      guard case .step(let plan, _) = try coordinator.next() else { continue }
      taken += 1
      var leaf = LeafRecord(leaf: 0, sources: 1)
      (leaf.loss, leaf.supervised) = ([1], [1])
      let isBad = bad.contains(taken)
      try coordinator.finished(
        plan,
        StepResult(leaves: [leaf], gradientNorm: isBad ? .infinity : 1, applied: !isBad, seconds: PhaseSeconds()))
    }
    return (coordinator.state, try Journal.read(path: path).filter { $0.event == .skip }.map(\.reason))
  }

  @Test func `skipped steps are counted, in a row and in the journal, and take no optimizer step`() throws {
    let (state, skips) = try Self.run(limit: 3, steps: 9, bad: [2, 3, 5, 6, 8, 9])
    #expect(state.notFiniteInARow == 2 && state.optimizerTime == 3 && state.step == 9)
    #expect(skips == Array(repeating: "the gradient was not finite; no parameter was changed", count: 6))
  }

  @Test(arguments: [1, 3])
  func `with as many in a row as the recipe allows the run stops and says what to do`(limit: Int) throws {
    #expect(throws: TrainingError.notFinite(step: 4 + limit, inARow: limit)) {
      try Self.run(limit: limit, steps: 20, bad: Set(5...20))
    }
    let sentence = TrainingError.notFinite(step: 8, inARow: 3).description
    #expect(sentence.hasPrefix("step 8: the gradient was not finite 3 times in a row; lower the learning rate"))
    #expect(sentence.hasSuffix("(max_not_finite)"))
  }
}
