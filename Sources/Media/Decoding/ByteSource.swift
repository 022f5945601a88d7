/// Bytes that can be looked at anywhere, so that reading a header does not read the image.
protocol ByteSource {
  /// What errors call it.
  var name: String { get }
  var count: Int { get }
  /// The bytes from `offset` on, fewer than `count` only at the end.
  func bytes(at offset: Int, count: Int) throws(MediaError) -> [UInt8]
}

/// An image in memory.
struct MemoryBytes: ByteSource {
  let name: String
  let contents: [UInt8]

  var count: Int { contents.count }

  func bytes(at offset: Int, count: Int) -> [UInt8] {
    guard offset < contents.count else { return [] }
    return Array(contents[offset..<min(offset + count, contents.count)])
  }
}
