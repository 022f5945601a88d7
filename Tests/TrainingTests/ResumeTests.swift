import Communication
import Foundation
import Records
import Testing

@testable import Recipes
@testable import Training

/// What a resumed run looks at before it goes on.
@Suite struct ResumeTests {
  @Test func `another recipe is refused though the run directory's copy is gone or spoiled`() throws {
    let world = try FeatureWorld()
    _ = try world.run("run")
    try world.rewind("run", to: 4)
    let copy = world.path + "/run/recipe.yaml"
    for spoil in [
      { try FileManager.default.removeItem(atPath: copy) }, { try Data("{".utf8).write(to: .init(filePath: copy)) },
    ] {
      try spoil()
      #expect {
        _ = try world.run("run", ["seed=99"])
      } throws: { error in
        guard case TrainingError.recipeChanged(_, let differences) = error else { return false }
        return differences.count == 1
      }
    }
    // The same recipe goes on.
    #expect(try world.run("run").figures.count == 9)
  }

  @Test func `a run whose checkpoints are gone is not begun anew over its records`() throws {
    let world = try FeatureWorld()
    _ = try world.run("run")
    let metrics = try Data(contentsOf: URL(filePath: world.path + "/run/metrics.jsonl"))
    let run = world.path + "/run"
    try FileManager.default.removeItem(atPath: run + "/checkpoints")
    #expect(throws: TrainingError.checkpointsGone(run: run, step: 9)) { try world.run("run") }
    #expect(try Data(contentsOf: URL(filePath: run + "/metrics.jsonl")) == metrics)
    let sentence = TrainingError.checkpointsGone(run: "r", step: 9).description
    #expect(
      sentence.hasPrefix("r: its journal tells of a checkpoint of step 9, and there is none; bring r/checkpoints"))
  }

  @Test func `a run that goes back behind a damaged checkpoint repeats its steps, and leaves nothing behind`() throws {
    let world = try FeatureWorld()
    let whole = try world.run("run").figures
    let checkpoints = world.path + "/run/checkpoints"
    try FileManager.default.removeItem(atPath: checkpoints + "/step-9")
    try Data("{".utf8).write(to: URL(filePath: checkpoints + "/step-8/manifest.json"))
    try FileManager.default.createDirectory(atPath: checkpoints + "/step-5.tmp", withIntermediateDirectories: false)
    #expect(try world.run("run").figures == whole)
    let left = try FileManager.default.contentsOfDirectory(atPath: checkpoints)
    #expect(Set(left) == ["step-2", "step-4", "step-6", "step-8", "step-9"])
  }

  @Test func `data that have changed since the checkpoint are said, once`() throws {
    let world = try FeatureWorld()
    #expect(try world.run("run").warnings == [])
    try world.rewind("run", to: 4)
    let file = world.path + "/captions.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try Data((text + "\n").utf8).write(to: URL(filePath: file))
    let bytes = text.utf8.count
    let expected =
      "data have changed since the checkpoint: captions (was 12 samples in \(bytes) bytes, is 12 in \(bytes + 1));"
    let warnings = try world.run("run").warnings
    #expect(warnings.count == 1 && warnings[0].hasPrefix(expected), "\(warnings)")
    try world.rewind("run", to: 6)
    #expect(try world.run("run").warnings.count == 1)
  }

  @Test func `held-out losses are the same to the bit on any number of ranks`() throws {
    let world = try FeatureWorld()
    let one = try world.run("1").heldOut
    #expect(one.count == 2 && one.allSatisfy { $0.isFinite && $0 > 0 })
    for ranks in 2...3 { #expect(try world.run("\(ranks)", ranks: ranks).heldOut == one) }
  }

  @Test func `an evaluation that one rank does not want any more is dropped by all`() throws {
    let world = try FeatureWorld()
    let recipe = try world.recipe(["evaluation.examples=4"])
    let run = world.path + "/run"
    try LocalCommunicator.run(ranks: 3) { communicator in
      let trainer = try Trainer(recipe: recipe, run: run, communicator: communicator, interruption: Interruption())
      for unwilling in [nil, 1, 2] {
        let isUnwanted = { communicator.rank == unwilling }
        let sums = try trainer.heldOut.run(trainer.loaded.model, communicator, isUnwanted: isUnwanted)
        let answers = try trainer.heldOut.answers(trainer.loaded, communicator, isUnwanted: isUnwanted)
        #expect((sums == nil) == (unwilling != nil) && (answers == nil) == (unwilling != nil))
        if let sums, let answers { #expect(sums.map(\.sums.samples) == [3] && answers.count == 3) }
      }
    }
  }
}
