import Layers
import Tensors

/// A language model's weights with rows added to the vocabulary: for the image placeholder, which most language models
/// lack. New rows are the mean of the others, as when transformers resizes embeddings, so the new token is an unlikely one.
public struct ExtendedVocabulary: TensorSource {
  private let base: any TensorSource
  private let size: Int
  private static let tables = ["language_model.model.embed_tokens.weight", "language_model.lm_head.weight"]

  /// `size`: rows of the vocabulary afterwards.
  public init(_ base: any TensorSource, size: Int) {
    self.base = base
    self.size = size
  }

  public var description: String { base.description }
  public var names: [String] { base.names }

  public func shape(of name: String) -> [Int]? {
    guard let shape = base.shape(of: name) else { return nil }
    return Self.tables.contains(name) && shape.count == 2 ? [max(size, shape[0]), shape[1]] : shape
  }

  public func tensor(_ name: String) throws(ParameterError) -> Tensor {
    let table = try base.tensor(name)
    guard Self.tables.contains(name), table.shape.count == 2, table.shape[0] < size else { return table }
    let (rows, width) = (table.shape[0], table.shape[1])
    var values = table.array
    var mean = [Double](repeating: 0, count: width)
    for (at, value) in values.enumerated() { mean[at % width] += Double(value) }
    for _ in rows..<size { values += mean.map { Float($0 / Double(max(1, rows))) } }
    return Tensor(values, shape: [size, width])
  }
}
