import Datasets

/// What a data file held: the order in which samples are drawn follows from it.
struct SourceExtent: Codable, Sendable, Equatable {
  let name: String
  let samples: Int
  let bytes: Int

  init(_ dataset: LlavaDataset) {
    (name, samples, bytes) = (dataset.name, dataset.count, dataset.bytes)
  }

  /// For people: which files are no longer what they were when the checkpoint was written; nil for none, and for
  /// checkpoints of versions that did not keep it.
  static func change(from before: [SourceExtent]?, to now: [SourceExtent]) -> String? {
    let changes = zip(before ?? [], now).filter { $0 != $1 }.map { was, found in
      "\(found.name) (was \(was.samples) samples in \(was.bytes) bytes, is \(found.samples) in \(found.bytes))"
    }
    guard !changes.isEmpty else { return nil }
    return "data have changed since the checkpoint: \(changes.joined(separator: "; ")); the run goes on, but "
      + "samples may repeat or be left out in this epoch"
  }
}
