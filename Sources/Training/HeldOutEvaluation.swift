import Communication
import Datasets
import Evaluation
import Foundation
import Models
import Pretrained

/// Scores held-out sets on all ranks, and answers a few samples for people: number i belongs to rank i mod P.
struct HeldOutEvaluation {
  let sets: SampleLoader
  let limit: Int?
  let examples: HeldOutExamples

  init(sets: SampleLoader, limit: Int?, examples: Int) {
    self.sets = sets
    self.limit = limit
    self.examples = HeldOutExamples(sets: sets, count: examples, limit: limit)
  }

  /// Collective: the sums of each set over all ranks, added in rank order. `features`: where vision features are kept.
  func run(
    _ model: VisionLanguageModel, features: FeatureCache? = nil, _ communicator: any Communicator
  ) throws -> [(name: String, sums: HeldOutSums)] {
    var sets = sets
    sets.features = features
    return try sets.sources.enumerated().map { number, set in
      var sums = HeldOutSums()
      let count = min(limit ?? set.count, set.count)
      for index in stride(from: communicator.rank, to: count, by: communicator.size) {
        let batch = sets.load([SampleReference(source: number, index: index)])
        guard let sample = batch.samples.first else {
          sums.bad += 1
          continue
        }
        let input =
          features?.modelInput(batch, model: model, isHeldOut: true)
          ?? batch.modelInput(imageSize: model.configuration.vision?.imageSize)
        sums.add(try model.score(input, sample: sample.id))
      }
      let all = try communicator.allGather([UInt8](JSONEncoder().encode(sums)))
      return (
        set.name, try all.map { try JSONDecoder().decode(HeldOutSums.self, from: Data($0)) }.reduce(HeldOutSums(), +)
      )
    }
  }

  /// Collective: the chosen samples with the model's answers, in the order in which they were chosen.
  func answers(_ loaded: LoadedModel, _ communicator: any Communicator) throws -> [AnsweredQuestion] {
    let own = try stride(from: communicator.rank, to: examples.chosen.count, by: communicator.size).map {
      try examples.answer($0, model: loaded.model, tokenizer: loaded.tokenizer)
    }
    let all = try communicator.allGather([UInt8](JSONEncoder().encode(own)))
      .map { try JSONDecoder().decode([AnsweredQuestion?].self, from: Data($0)) }
    return examples.chosen.indices.compactMap { all[$0 % communicator.size][$0 / communicator.size] }
  }
}
