import CImageCodecs

/// Writes images into memory.
public enum ImageEncoder {
  /// An 8-bit RGB PNG; decoding gives the same pixels.
  ///
  /// - Throws: `encodingFailed` where libpng does not take the size (a side over 1,000,000), `outOfMemory`.
  public static func png(_ image: RGBImage) throws(MediaError) -> [UInt8] {
    try run(image, format: .png) { pixels, size, out, message in cimage_png_encode(pixels, size, out, message) }
  }

  /// A baseline JPEG with 4:2:0 chroma.
  ///
  /// - Parameter quality: 1...100, libjpeg's scale; other values are taken for the nearest of them.
  /// - Throws: `encodingFailed` where libjpeg does not take the size (a side over 65,500), `outOfMemory`.
  public static func jpeg(_ image: RGBImage, quality: Int) throws(MediaError) -> [UInt8] {
    let quality = Int32(min(max(quality, 1), 100))
    return try run(image, format: .jpeg) { pixels, size, out, message in
      cimage_jpeg_encode(pixels, size, quality, out, message)
    }
  }

  private static func run(
    _ image: RGBImage, format: ImageFormat,
    _ encode: (
      UnsafePointer<UInt8>?, cimage_size, UnsafeMutablePointer<cimage_buffer>?, UnsafeMutablePointer<CChar>?
    ) -> cimage_status
  ) throws(MediaError) -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_SIZE))
    var buffer = cimage_buffer()
    // A side beyond UInt32 fails as the largest one does.
    let size = cimage_size(width: UInt32(clamping: image.width), height: UInt32(clamping: image.height))
    let status = image.pixels.withUnsafeBufferPointer { pixels in
      encode(pixels.baseAddress, size, &buffer, &message)
    }
    defer { cimage_free(buffer) }
    switch status {
    case CIMAGE_OK: return Array(UnsafeBufferPointer(start: buffer.bytes, count: buffer.count))
    case CIMAGE_NO_MEMORY: throw .outOfMemory(source: "\(image.width)x\(image.height) image")
    default: throw .encodingFailed(format: format, reason: codecWords(message))
    }
  }
}
