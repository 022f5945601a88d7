import Tensors

/// Where the values of parameters come from: the files of a checkpoint, a dictionary in a test.
public protocol TensorSource {
  /// How messages call it: a path, mostly.
  var description: String { get }
  /// All names it has.
  var names: [String] { get }
  /// The shape of a tensor; nil if there is none of that name.
  func shape(of name: String) -> [Int]?
  /// The values in single precision.
  func tensor(_ name: String) throws(ParameterError) -> Tensor
}

/// Tensors held in memory.
public struct DictionarySource: TensorSource {
  public let description: String
  private let tensors: [String: Tensor]

  public init(_ tensors: [String: Tensor], description: String = "memory") {
    self.tensors = tensors
    self.description = description
  }

  public var names: [String] { Array(tensors.keys) }
  public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  public func tensor(_ name: String) throws(ParameterError) -> Tensor {
    guard let tensor = tensors[name] else { throw .missing(name: name, source: description) }
    return tensor
  }
}
