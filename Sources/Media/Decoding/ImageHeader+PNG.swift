extension ImageHeader {
  /// Reads IHDR, then walks the other chunks' heads for eXIf, which may stand behind the image data.
  static func png(_ source: some ByteSource) throws(MediaError) -> ImageHeader {
    let start = try source.bytes(at: 8, count: 25)
    guard start.count == 25 else { throw .truncated(source: source.name, format: .png) }
    guard start.prefix(8) == [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52] else {
      throw .corrupt(source: source.name, format: .png, reason: "it does not begin with IHDR")
    }
    let channels: Int? = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][start[17]]
    guard let channels else {
      throw .corrupt(source: source.name, format: .png, reason: "colour type \(start[17])")
    }
    return ImageHeader(
      format: .png, width: start.bigEndian(at: 8, bytes: 4), height: start.bigEndian(at: 12, bytes: 4),
      bitsPerPixel: channels * Int(start[16]), orientation: try pngOrientation(source))
  }

  private static func pngOrientation(_ source: some ByteSource) throws(MediaError) -> Orientation {
    var offset = 33
    for _ in 0..<chunksLookedAt {
      let head = try source.bytes(at: offset, count: 8)
      guard head.count == 8 else { break }
      let length = head.bigEndian(at: 0, bytes: 4)
      // "eXIf", "IEND"
      if head.suffix(4) == [0x65, 0x58, 0x49, 0x66] {
        return Orientation(exif: try source.bytes(at: offset + 8, count: min(length, exifLookedAt)))
      }
      if head.suffix(4) == [0x49, 0x45, 0x4E, 0x44] { break }
      offset += 12 + length
    }
    return .upright
  }

  /// Whether a PNG file of `bytes` can hold its pixels at all: deflate packs 1032 to 1 at best. Keeps a short file that
  /// claims a large image from having memory set aside for it.
  func pngCanHoldItsPixels(bytes: Int) -> Bool {
    let rowBytes = (width * bitsPerPixel + 7) / 8
    return rowBytes * height / 1032 <= bytes
  }
}
