/// Reads JPEG, PNG and WebP images as Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")` does.
///
/// Where Pillow guesses, this refuses: an image with missing data is an error, never a picture that is partly grey.
public enum ImageDecoder {
  /// Decodes an image in memory.
  ///
  /// - Parameters:
  ///   - maximumPixels: a larger image is refused by its header, before memory is set aside.
  ///   - source: what errors call the bytes.
  /// - Throws: what is wrong with the bytes.
  public static func decode(
    _ bytes: [UInt8], alpha: AlphaTreatment = .drop, maximumPixels: Int = 100_000_000,
    source name: String = "image bytes"
  ) throws(MediaError) -> RGBImage {
    let source = MemoryBytes(name: name, contents: bytes)
    let header = try ImageHeader(source)
    try header.checkSize(maximumPixels: maximumPixels, source: source.name)
    return try decode(bytes, header: header, alpha: alpha, source: source.name)
  }

  /// Decodes an image file.
  ///
  /// - Parameter maximumPixels: a larger image is refused by its header, before memory is set aside.
  /// - Throws: what is wrong with the file, under its path.
  public static func decode(
    path: String, alpha: AlphaTreatment = .drop, maximumPixels: Int = 100_000_000
  ) throws(MediaError) -> RGBImage {
    let file = try FileBytes(path: path)
    let header = try ImageHeader(file)
    try header.checkSize(maximumPixels: maximumPixels, source: path)
    return try decode(try file.contents(), header: header, alpha: alpha, source: path)
  }

  /// The bytes of an image file, not looked at yet.
  ///
  /// - Throws: why the file cannot be read, under its path.
  public static func contents(path: String) throws(MediaError) -> [UInt8] { try FileBytes(path: path).contents() }

  /// The size as decoded, the EXIF orientation applied, from the file's header alone.
  ///
  /// - Throws: what is wrong with the header; damage further back is not seen.
  public static func size(path: String) throws(MediaError) -> (width: Int, height: Int) {
    try ImageHeader(try FileBytes(path: path)).size
  }

  private static func decode(
    _ bytes: [UInt8], header: ImageHeader, alpha: AlphaTreatment, source: String
  ) throws(MediaError) -> RGBImage {
    var pixels: [UInt8]
    switch header.format {
    case .jpeg: pixels = try jpegPixels(bytes, header: header, source: source)
    case .png:
      guard header.pngCanHoldItsPixels(bytes: bytes.count) else { throw .truncated(source: source, format: .png) }
      pixels = try rgbaPixels(bytes, header: header, source: source)
      alpha.removeAlpha(from: &pixels)
    case .webp:
      pixels = try rgbaPixels(bytes, header: header, source: source)
      alpha.removeAlpha(from: &pixels)
    }
    return header.orientation.applied(to: RGBImage(width: header.width, height: header.height, pixels: pixels))
  }
}
