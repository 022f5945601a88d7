import Tensors

/// One safetensors file of Hugging Face, open for reading.
///
/// Opening costs nothing but the header. A tensor is read when it is asked for, into memory of its own: a file that is
/// written over or cut while a run goes on changes nothing in it, and products find their operands in large pages.
public final class SafetensorsFile {
  /// What the header says of one tensor; checked against the file when it is opened.
  public struct Entry: Equatable, Sendable {
    public let type: ElementType
    public let shape: [Int]
    /// Where its bytes are, from the begin of the file.
    public let byteRange: Range<Int>
    /// Number of elements.
    public var count: Int { byteRange.count / type.bytes }
  }

  public let path: String
  /// Names of the tensors in the order of the header.
  public let names: [String]
  /// The free texts of the header (`__metadata__`).
  public let metadata: [String: String]
  private let entries: [String: Entry]
  private let file: InputFile

  /// Opens and checks the header. Throws `system`, `header` or `entry`.
  public init(path: String) throws(CheckpointError) {
    let file = try InputFile(path: path)
    let header = try SafetensorsHeader(file)
    self.file = file
    self.path = path
    names = header.entries.map(\.name)
    metadata = header.metadata
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0.entry) })
  }

  public func entry(_ name: String) -> Entry? { entries[name] }

  /// A tensor of floats in the shape of the file; F16 and BF16 are converted.
  /// Throws `noTensor`, `elementType` for integers, or what reading met.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    let entry = try found(name)
    let result = Tensor(uninitialized: entry.shape)
    let target = result.sharedPointer
    switch entry.type {
    case .f32:
      try file.read(
        at: entry.byteRange.lowerBound,
        into: UnsafeMutableRawBufferPointer(start: target, count: entry.byteRange.count))
    case .f16, .bf16:
      let halves = Tensor(uninitialized: [(entry.count + 1) / 2])
      try file.read(
        at: entry.byteRange.lowerBound,
        into: UnsafeMutableRawBufferPointer(start: halves.sharedPointer, count: entry.byteRange.count))
      let widen = entry.type == .f16 ? HalfPrecision.widenF16 : HalfPrecision.widenBF16
      widen(halves.pointer, entry.count, target)
    case .i64, .i32, .u8, .bool:
      throw .elementType(path: path, tensor: name, found: entry.type, wanted: "F32, F16 or BF16")
    }
    return result
  }

  /// A tensor of integers, row-major. Throws `noTensor`, or `elementType` for floats.
  public func integers(_ name: String) throws(CheckpointError) -> [Int64] {
    let entry = try found(name)
    guard ![.f32, .f16, .bf16].contains(entry.type) else {
      throw .elementType(path: path, tensor: name, found: entry.type, wanted: "I64, I32, U8 or BOOL")
    }
    let raw = try file.contents(entry.byteRange)
    return raw.withUnsafeBytes { bytes in Self.integers(bytes, entry) }
  }

  private static func integers(_ bytes: UnsafeRawBufferPointer, _ entry: Entry) -> [Int64] {
    switch entry.type {
    case .i64:
      return (0..<entry.count).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
    case .i32:
      return (0..<entry.count).map { Int64(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    default:
      return bytes.map { Int64($0) }
    }
  }

  private func found(_ name: String) throws(CheckpointError) -> Entry {
    guard let entry = entries[name] else { throw .noTensor(path: path, tensor: name) }
    return entry
  }
}
