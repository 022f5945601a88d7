extension ImageHeader {
  /// Walks the marker segments up to the first scan.
  static func jpeg(_ source: some ByteSource) throws(MediaError) -> ImageHeader {
    var orientation: Orientation?
    var frame: (width: Int, height: Int, components: Int)?
    var offset = 2
    for segment in 0... {
      guard segment < chunksLookedAt else {
        throw .corrupt(source: source.name, format: .jpeg, reason: "more than \(chunksLookedAt) segments")
      }
      let (marker, start) = try nextMarker(source, from: offset)
      if marker == 0xDA || marker == 0xD9 { break }
      offset = start
      // Restart markers and TEM stand alone.
      if (0xD0...0xD7).contains(marker) || marker == 0x01 { continue }
      let length = try exactly(2, of: source, at: start).bigEndian(at: 0, bytes: 2)
      guard length >= 2 else {
        throw .corrupt(source: source.name, format: .jpeg, reason: "a segment of \(length) bytes")
      }
      offset = start + length
      guard offset <= source.count else { throw .truncated(source: source.name, format: .jpeg) }
      if marker == 0xE1 && orientation == nil {
        let segment = try exactly(length - 2, of: source, at: start + 2)
        // "Exif" and two zeros.
        if segment.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) {
          orientation = Orientation(exif: segment.dropFirst(6))
        }
      } else if (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker) {
        frame = try readFrame(source, at: start + 2)
      }
    }
    guard let frame else {
      throw .corrupt(source: source.name, format: .jpeg, reason: "no frame header before the first scan")
    }
    return ImageHeader(
      format: .jpeg, width: frame.width, height: frame.height, components: frame.components,
      orientation: orientation ?? .upright)
  }

  /// The marker code after any garbage and fill bytes, and the offset behind it.
  private static func nextMarker(
    _ source: some ByteSource, from start: Int
  ) throws(MediaError) -> (code: UInt8, end: Int) {
    var offset = start
    var sawFF = false
    while true {
      let piece = try source.bytes(at: offset, count: 4096)
      if piece.isEmpty { throw .truncated(source: source.name, format: .jpeg) }
      for byte in piece {
        offset += 1
        if sawFF && byte != 0xFF && byte != 0 { return (byte, offset) }
        sawFF = byte == 0xFF
      }
    }
  }

  private static func readFrame(
    _ source: some ByteSource, at offset: Int
  ) throws(MediaError) -> (width: Int, height: Int, components: Int) {
    let frame = try exactly(6, of: source, at: offset)
    let (precision, components) = (frame[0], Int(frame[5]))
    guard precision == 8 else {
      throw .unsupportedFormat(source: source.name, format: "a JPEG image of \(precision) bits a sample")
    }
    guard [1, 3, 4].contains(components) else {
      throw .unsupportedFormat(source: source.name, format: "a JPEG image of \(components) components")
    }
    return (frame.bigEndian(at: 3, bytes: 2), frame.bigEndian(at: 1, bytes: 2), components)
  }

  private static func exactly(_ count: Int, of source: some ByteSource, at offset: Int) throws(MediaError) -> [UInt8] {
    let bytes = try source.bytes(at: offset, count: count)
    guard bytes.count == count else { throw .truncated(source: source.name, format: .jpeg) }
    return bytes
  }
}
