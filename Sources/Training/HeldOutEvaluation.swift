import Communication
import Datasets
import Evaluation
import Models
import Pretrained

/// Scores held-out sets on all ranks, and answers a few samples for people: number i belongs to rank i mod P.
struct HeldOutEvaluation {
  let sets: SampleLoader
  let limit: Int?
  let examples: HeldOutExamples

  init(sets: SampleLoader, limit: Int?, examples: Int) throws {
    self.sets = sets
    self.limit = limit
    self.examples = try HeldOutExamples(sets: sets, count: examples, limit: limit)
  }

  /// Samples of each rank that are scored before the ranks put them together: little to send and to keep, and soon over
  /// when a signal asks for a checkpoint.
  private static let roundLength = 16

  /// Collective: the sums of each set over all ranks, added in the order of the samples, whoever scored which. Nil if
  /// some rank did not want them any more.
  /// - Parameters:
  ///   - features: where vision features are kept.
  ///   - isUnwanted: whether this rank would rather do something else; asked now and then.
  ///   - progress: is told how many samples of a set are scored, as far as this rank knows.
  func run(
    _ model: VisionLanguageModel, features: FeatureCache? = nil, _ communicator: any Communicator,
    isUnwanted: () -> Bool = { false },
    progress: (_ set: String, _ done: Int, _ count: Int) -> Void = { _, _, _ in }
  ) throws -> [(name: String, sums: HeldOutSums)]? {
    var sets = sets
    sets.features = features
    var results: [(name: String, sums: HeldOutSums)] = []
    for (number, set) in sets.sources.enumerated() {
      var sums = HeldOutSums()
      let count = min(limit ?? set.count, set.count)
      let round = Self.roundLength * communicator.size
      for first in stride(from: 0, to: count, by: round) {
        let end = min(count, first + round)
        let own = try stride(from: first + communicator.rank, to: end, by: communicator.size).map { index in
          if index > first { progress(set.name, index, count) }
          return try score(sets.load([SampleReference(source: number, index: index)]), model, features: features)
        }
        let all = try communicator.allGather(value: Round(own: own, isUnwanted: isUnwanted()))
        if all.contains(where: \.isUnwanted) { return nil }
        progress(set.name, end, count)
        for offset in 0..<end - first {
          sums = sums + all[offset % communicator.size].own[offset / communicator.size]
        }
      }
      results.append((set.name, sums))
    }
    return results
  }

  /// What a rank has to say at the end of a round.
  private struct Round<Value: Codable>: Codable {
    let own: [Value]
    let isUnwanted: Bool
  }

  /// Of one sample.
  private func score(_ batch: MicroBatch, _ model: VisionLanguageModel, features: FeatureCache?) throws -> HeldOutSums {
    var sums = HeldOutSums()
    guard let sample = batch.samples.first else {
      sums.bad = 1
      sums.firstBad = batch.bad.first?.reason
      return sums
    }
    let input =
      features?.modelInput(batch, model: model, isHeldOut: true)
      ?? batch.modelInput(imageSize: model.configuration.vision?.imageSize)
    sums.add(try model.score(input, sample: sample.id))
    return sums
  }

  /// Collective: the chosen samples with the model's answers, in the order in which they were chosen. Nil as with `run`.
  func answers(
    _ loaded: LoadedModel, _ communicator: any Communicator, isUnwanted: () -> Bool = { false }
  ) throws -> [AnsweredQuestion]? {
    var answers: [AnsweredQuestion] = []
    for first in stride(from: 0, to: examples.chosen.count, by: communicator.size) {
      let index = first + communicator.rank
      let own =
        index < examples.chosen.count
        ? [try examples.answer(index, model: loaded.model, tokenizer: loaded.tokenizer)] : []
      let all = try communicator.allGather(value: Round(own: own, isUnwanted: isUnwanted()))
      if all.contains(where: \.isUnwanted) { return nil }
      answers += all.flatMap(\.own).compactMap(\.self)
    }
    return answers
  }
}
