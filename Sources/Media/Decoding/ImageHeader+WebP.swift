extension ImageHeader {
  /// Reads the first chunk, and for the extended format looks for an EXIF chunk.
  static func webp(_ source: some ByteSource) throws(MediaError) -> ImageHeader {
    let start = try source.bytes(at: 0, count: 30)
    guard start.count == 30 else { throw .truncated(source: source.name, format: .webp) }
    switch String(decoding: start[12..<16], as: UTF8.self) {
    case "VP8 ":
      return ImageHeader(
        format: .webp, width: start.littleEndian(at: 26, bytes: 2) & 0x3FFF,
        height: start.littleEndian(at: 28, bytes: 2) & 0x3FFF, orientation: .upright)
    case "VP8L":
      let bits = start.littleEndian(at: 21, bytes: 4)
      return ImageHeader(
        format: .webp, width: bits & 0x3FFF + 1, height: (bits >> 14) & 0x3FFF + 1, orientation: .upright)
    case "VP8X":
      let isAnimated = start[20] & 0x02 != 0
      if isAnimated { throw .unsupportedFormat(source: source.name, format: "an animated WebP image") }
      let hasExif = start[20] & 0x08 != 0
      return ImageHeader(
        format: .webp, width: start.littleEndian(at: 24, bytes: 3) + 1,
        height: start.littleEndian(at: 27, bytes: 3) + 1, orientation: hasExif ? try webpOrientation(source) : .upright)
    default:
      throw .corrupt(source: source.name, format: .webp, reason: "it does not begin with an image chunk")
    }
  }

  private static func webpOrientation(_ source: some ByteSource) throws(MediaError) -> Orientation {
    var offset = 12
    for _ in 0..<chunksLookedAt {
      let head = try source.bytes(at: offset, count: 8)
      guard head.count == 8 else { break }
      let length = head.littleEndian(at: 4, bytes: 4)
      // "EXIF"
      if head.prefix(4) == [0x45, 0x58, 0x49, 0x46] {
        let block = try source.bytes(at: offset + 8, count: min(length, exifLookedAt))
        // Some writers leave JPEG's "Exif" and two zeros in front.
        return Orientation(exif: block.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) ? block.dropFirst(6) : block[...])
      }
      offset += 8 + length + length % 2
    }
    return .upright
  }
}
