import Tensors

/// One safetensors file of Hugging Face, open for reading.
///
/// The file is mapped, so opening costs nothing but its header and F32 tensors are used where they lie. The mapping is
/// private: writing into such a tensor changes memory, never the file.
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
  private let memory: MappedMemory

  /// Opens and checks the header. Throws `system`, `header` or `entry`.
  public init(path: String) throws(CheckpointError) {
    let file = try InputFile(path: path)
    // An empty file cannot be mapped.
    guard file.bytes >= 8 else { throw .header(path: path, fault: .noLength(fileBytes: file.bytes)) }
    memory = try file.mapped()
    let header = try SafetensorsHeader(UnsafeRawBufferPointer(start: memory.base, count: memory.bytes), path: path)
    self.path = path
    names = header.entries.map(\.name)
    metadata = header.metadata
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0.entry) })
  }

  public func entry(_ name: String) -> Entry? { entries[name] }

  /// A tensor of floats in the shape of the file: F32 in place where its address allows, F16 and BF16 converted.
  /// Throws `noTensor`, or `elementType` for integers.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    let (entry, bytes) = try found(name)
    switch entry.type {
    case .f32:
      if UInt(bitPattern: bytes) % 4 == 0 {
        let floats = bytes.bindMemory(to: Float.self, capacity: entry.count)
        return Tensor(Storage(borrowing: floats, count: entry.count, owner: memory), shape: entry.shape)
      }
      let result = Tensor(uninitialized: entry.shape)
      UnsafeMutableRawPointer(result.sharedPointer).copyMemory(from: bytes, byteCount: entry.byteRange.count)
      return result
    case .f16:
      let result = Tensor(uninitialized: entry.shape)
      HalfPrecision.widenF16(bytes, entry.count, into: result.sharedPointer)
      return result
    case .bf16:
      let result = Tensor(uninitialized: entry.shape)
      HalfPrecision.widenBF16(bytes, entry.count, into: result.sharedPointer)
      return result
    case .i64, .i32, .u8, .bool:
      throw .elementType(path: path, tensor: name, found: entry.type, wanted: "F32, F16 or BF16")
    }
  }

  /// A tensor of integers, row-major. Throws `noTensor`, or `elementType` for floats.
  public func integers(_ name: String) throws(CheckpointError) -> [Int64] {
    let (entry, bytes) = try found(name)
    switch entry.type {
    case .i64:
      return (0..<entry.count).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
    case .i32:
      return (0..<entry.count).map { Int64(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    case .u8, .bool:
      return (0..<entry.count).map { Int64(bytes.load(fromByteOffset: $0, as: UInt8.self)) }
    case .f32, .f16, .bf16:
      throw .elementType(path: path, tensor: name, found: entry.type, wanted: "I64, I32, U8 or BOOL")
    }
  }

  private func found(_ name: String) throws(CheckpointError) -> (Entry, UnsafeMutableRawPointer) {
    guard let entry = entries[name] else { throw .noTensor(path: path, tensor: name) }
    return (entry, memory.base + entry.byteRange.lowerBound)
  }
}
