import Communication
import Datasets
import Evaluation
import Foundation
import Models

/// Scores held-out sets on all ranks: sample i belongs to rank i mod P, sums are added in rank order.
struct HeldOutEvaluation {
  let sets: SampleLoader
  let limit: Int?

  /// Collective: the sums of each set over all ranks.
  func run(_ model: VisionLanguageModel, _ communicator: any Communicator) throws -> [(name: String, sums: HeldOutSums)] {
    try sets.sources.enumerated().map { number, set in
      var sums = HeldOutSums()
      let count = min(limit ?? set.count, set.count)
      for index in stride(from: communicator.rank, to: count, by: communicator.size) {
        let batch = sets.load([SampleReference(source: number, index: index)])
        guard let sample = batch.samples.first else {
          sums.bad += 1
          continue
        }
        sums.add(
          try model.score(batch.modelInput(imageSize: model.configuration.vision?.imageSize), sample: sample.id))
      }
      let all = try communicator.allGather([UInt8](JSONEncoder().encode(sums)))
      return (set.name, try all.map { try JSONDecoder().decode(HeldOutSums.self, from: Data($0)) }.reduce(HeldOutSums(), +))
    }
  }
}
