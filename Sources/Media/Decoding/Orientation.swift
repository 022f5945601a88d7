/// The EXIF orientation: where the stored row 0 and column 0 are in the picture as it was seen.
enum Orientation: Int {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, quarterTurnRight, transversed, quarterTurnLeft

  var swapsSides: Bool { rawValue >= 5 }

  /// The picture as it was seen: Pillow's `ImageOps.exif_transpose`.
  func applied(to image: RGBImage) -> RGBImage {
    if self == .upright { return image }
    let (w, h) = (image.width, image.height)
    let (width, height) = swapsSides ? (h, w) : (w, h)
    // The source pixel of (x, y) is at origin + x · across + y · down.
    let (origin, across, down) =
      switch self {
      case .upright: (0, 1, w)
      case .mirrored: (w - 1, -1, w)
      case .upsideDown: (h * w - 1, -1, -w)
      case .flipped: ((h - 1) * w, 1, -w)
      case .transposed: (0, w, 1)
      case .quarterTurnRight: ((h - 1) * w, -w, 1)
      case .transversed: (h * w - 1, -w, -1)
      case .quarterTurnLeft: (w - 1, w, -1)
      }
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { out, filled in
      for y in 0..<height {
        for x in 0..<width {
          let source = 3 * (origin + x * across + y * down)
          for channel in 0..<3 { out[filled + channel] = image.pixels[source + channel] }
          filled += 3
        }
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}

extension Orientation {
  /// The orientation in an EXIF block (a TIFF header and its first directory); upright if there is none or it is broken,
  /// as broken EXIF is common and says nothing about the pixels.
  init(exif bytes: some RandomAccessCollection<UInt8>) {
    let bytes = Array(bytes)
    self = Self.read(bytes) ?? .upright
  }

  private static func read(_ bytes: [UInt8]) -> Orientation? {
    let isLittleEndian: Bool
    switch bytes.prefix(4) {
    case [0x49, 0x49, 0x2A, 0]: isLittleEndian = true
    case [0x4D, 0x4D, 0, 0x2A]: isLittleEndian = false
    default: return nil
    }
    func integer(at offset: Int, bytes count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let field = bytes[offset..<offset + count]
      return (isLittleEndian ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = integer(at: 4, bytes: 4), let entries = integer(at: directory, bytes: 2) else { return nil }
    for entry in 0..<entries {
      let start = directory + 2 + 12 * entry
      guard let tag = integer(at: start, bytes: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      let width = [1: 1, 3: 2, 4: 4][integer(at: start + 2, bytes: 2)]
      return width.flatMap { integer(at: start + 8, bytes: $0) }.flatMap(Orientation.init(rawValue:))
    }
    return nil
  }
}
