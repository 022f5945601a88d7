/// What a file says about its image before the pixels.
struct ImageHeader: Equatable {
  /// libpng's default limit: the resizing tables grow with a side.
  static let maximumSide = 1_000_000
  /// More of an EXIF block is not looked at; the orientation is in its first directory.
  static let exifLookedAt = 1 << 16
  /// Chunks of PNG and WebP, segments of JPEG. A file of empty ones must not hold up the reader; the largest images have
  /// some ten thousand.
  static let chunksLookedAt = 1 << 18

  let format: ImageFormat
  /// Of the stored pixels.
  let width: Int
  let height: Int
  /// Of JPEG: 1, 3 or 4.
  var components = 3
  /// Of PNG.
  var bitsPerPixel = 24
  let orientation: Orientation

  /// As decoded, the orientation applied.
  var size: (width: Int, height: Int) { orientation.swapsSides ? (height, width) : (width, height) }

  init(
    format: ImageFormat, width: Int, height: Int, components: Int = 3, bitsPerPixel: Int = 24, orientation: Orientation
  ) {
    self.format = format
    self.width = width
    self.height = height
    self.components = components
    self.bitsPerPixel = bitsPerPixel
    self.orientation = orientation
  }

  init(_ source: some ByteSource) throws(MediaError) {
    let start = try source.bytes(at: 0, count: ImageSignature.lookedAt)
    switch ImageSignature(start) {
    case .supported(.jpeg): self = try Self.jpeg(source)
    case .supported(.png): self = try Self.png(source)
    case .supported(.webp): self = try Self.webp(source)
    case .unsupported(let format): throw .unsupportedFormat(source: source.name, format: format)
    case .nothing: throw .empty(source: source.name)
    case .other(let looksLike): throw .notAnImage(source: source.name, looksLike: looksLike)
    }
    guard width > 0, height > 0 else {
      throw .corrupt(source: source.name, format: format, reason: "its size is \(width)x\(height)")
    }
  }

  /// Throws what is too large to decode.
  func checkSize(maximumPixels: Int, source: String) throws(MediaError) {
    let (width, height) = size
    guard width <= maximumPixels / height else {
      throw .tooManyPixels(source: source, width: width, height: height, limit: maximumPixels)
    }
    guard max(width, height) <= Self.maximumSide else {
      throw .sideTooLong(source: source, width: width, height: height, limit: Self.maximumSide)
    }
  }
}

/// Whole numbers in byte arrays, as file formats write them.
extension [UInt8] {
  /// - Precondition: `offset + bytes` is within the array.
  func bigEndian(at offset: Int, bytes: Int) -> Int {
    self[offset..<offset + bytes].reduce(0) { $0 << 8 | Int($1) }
  }

  /// - Precondition: `offset + bytes` is within the array.
  func littleEndian(at offset: Int, bytes: Int) -> Int {
    self[offset..<offset + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
