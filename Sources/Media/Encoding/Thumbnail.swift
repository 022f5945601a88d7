/// A picture small enough to stand in a page, in the encoding that makes it smaller.
public struct Thumbnail: Equatable, Sendable {
  /// A whole PNG or JPEG file.
  public let bytes: [UInt8]
  public let format: ImageFormat
  public let width: Int
  public let height: Int

  /// Shrinks the picture in its proportions until no side is longer than `side` pixels; a smaller one stays as it is.
  /// What is transparent becomes white.
  ///
  /// - Throws: what is wrong with the file, under its path.
  public init(path: String, side: Int) throws(MediaError) {
    precondition(side > 0, "Thumbnail: \(side) pixels")
    let image = try ImageDecoder.decode(path: path, alpha: .flatten(red: 255, green: 255, blue: 255))
    let longer = max(image.width, image.height)
    func scaled(_ length: Int) -> Int { max(1, (length * side + longer / 2) / longer) }
    let small =
      longer <= side
      ? image : resize(image, width: scaled(image.width), height: scaled(image.height), resampling: .bicubic)
    // Drawings are smaller, and sharper, as PNG; photographs are much smaller as JPEG.
    let (png, jpeg) = (try ImageEncoder.png(small), try ImageEncoder.jpeg(small, quality: 85))
    (bytes, format) = png.count <= jpeg.count ? (png, .png) : (jpeg, .jpeg)
    (width, height) = (small.width, small.height)
  }
}
