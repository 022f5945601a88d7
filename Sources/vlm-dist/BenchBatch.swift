import Checkpoints
import Datasets
import Models

/// What can be wrong with the batch file of `bench step`.
enum BenchBatchError: Error, Equatable, CustomStringConvertible {
  case shapes(path: String)
  case token(path: String, row: Int, position: Int, value: Int64, vocabulary: Int)
  case pictures(path: String, found: [Int], side: Int)

  var description: String {
    switch self {
    case .shapes(let path):
      "\(path): input_ids and labels must be [batch, length] and pixel_values [batch, 3, H, W]; "
        + "write the batch beside the model as make_bench_model.py does"
    case .token(let path, let row, let position, let value, let vocabulary):
      "\(path): sample \(row) has \(value) at position \(position), outside the vocabulary of \(vocabulary); "
        + "use the batch that was made for this model"
    case .pictures(let path, let found, let side):
      "\(path): pixel_values are \(found), but the model's pictures are 3x\(side)x\(side); "
        + "use the batch that was made for this model"
    }
  }
}

/// The batch that the peer's benchmark wrote: one picture a sample.
func readBenchBatch(path: String, configuration: ModelConfiguration) throws -> MicroBatch {
  let file = try SafetensorsFile(path: path)
  let (ids, labels, pixels) = (
    try file.integers("input_ids"), try file.integers("labels"), try file.tensor("pixel_values")
  )
  guard let shape = file.entry("input_ids")?.shape, shape.count == 2, file.entry("labels")?.shape == shape,
    shape[0] >= 1, shape[1] >= 1, pixels.shape.count == 4, pixels.shape[0] == shape[0]
  else { throw BenchBatchError.shapes(path: path) }
  if let vision = configuration.vision, Array(pixels.shape.dropFirst()) != [3, vision.imageSize, vision.imageSize] {
    throw BenchBatchError.pictures(path: path, found: pixels.shape, side: vision.imageSize)
  }
  let (length, vocabulary) = (shape[1], configuration.language.vocabSize)
  func check(_ values: [Int64], below: Int, atLeast: Int64) throws {
    guard let place = values.firstIndex(where: { $0 < atLeast || $0 >= below }) else { return }
    throw BenchBatchError.token(
      path: path, row: place / length, position: place % length, value: values[place], vocabulary: vocabulary)
  }
  try check(ids, below: vocabulary, atLeast: 0)
  try check(labels, below: vocabulary, atLeast: -100)
  for row in 0..<shape[0] {
    let places = ids[row * length..<(row + 1) * length].count { $0 == Int64(configuration.imageToken) }
    guard places == configuration.imageTokens else {
      throw ModelError.imageFeatures(sample: "\(row)", placeholders: places, features: configuration.imageTokens)
    }
  }
  let (all, image) = (pixels.array, pixels.count / shape[0])
  return MicroBatch(
    samples: (0..<shape[0]).map { row in
      let range = row * length..<(row + 1) * length
      return PreparedSample(
        id: "row \(row)", source: 0, tokens: ids[range].map { Int32($0) }, labels: labels[range].map { Int32($0) },
        images: [Array(all[row * image..<(row + 1) * image])])
    }, bad: [])
}
