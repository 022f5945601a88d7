/// A picture of 8-bit red, green and blue, without an alpha channel.
public struct RGBImage: Sendable, Equatable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// Interleaved, row-major: `height * width * 3` bytes, the top left pixel first.
  public var pixels: [UInt8] {
    // Without `oldValue`, so that a change of one byte stays a change in place.
    didSet {
      precondition(pixels.count == width * height * 3, "RGBImage: \(pixels.count) bytes for \(width)x\(height)")
    }
  }

  /// - Precondition: sides of 1 and more, and `width * height * 3` bytes in `pixels`.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "RGBImage: \(width)x\(height) has no pixels")
    precondition(pixels.count == width * height * 3, "RGBImage: \(pixels.count) bytes for \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
