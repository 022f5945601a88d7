import CImageCodecs

extension ImageDecoder {
  /// RGB, of a JPEG of any kind.
  static func jpegPixels(_ bytes: [UInt8], header: ImageHeader, source: String) throws(MediaError) -> [UInt8] {
    let channels = header.components == 4 ? 4 : 3
    var pixels = try run(bytes, header: header, channels: channels, source: source) { pixels, message in
      cimage_jpeg_decode(bytes, bytes.count, header.codecSize, Int32(channels), pixels, message)
    }
    if channels == 4 { convertInvertedCMYK(&pixels) }
    return pixels
  }

  /// RGBA, of a PNG or WebP of any kind.
  static func rgbaPixels(_ bytes: [UInt8], header: ImageHeader, source: String) throws(MediaError) -> [UInt8] {
    try run(bytes, header: header, channels: 4, source: source) { pixels, message in
      header.format == .png
        ? cimage_png_decode(bytes, bytes.count, header.codecSize, pixels, message)
        : cimage_webp_decode(bytes, bytes.count, header.codecSize, pixels, message)
    }
  }

  /// The one place where a codec's status becomes pixels or an error.
  private static func run(
    _ bytes: [UInt8], header: ImageHeader, channels: Int, source: String,
    _ decode: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<CChar>?) -> cimage_status
  ) throws(MediaError) -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_SIZE))
    var status = CIMAGE_OK
    let count = header.width * header.height * channels
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      status = decode(buffer.baseAddress, &message)
      // Every codec writes all of the buffer or fails.
      filled = status == CIMAGE_OK ? count : 0
    }
    switch status {
    case CIMAGE_OK: return pixels
    case CIMAGE_TRUNCATED: throw .truncated(source: source, format: header.format)
    case CIMAGE_NO_MEMORY: throw .outOfMemory(source: source)
    default: throw .corrupt(source: source, format: header.format, reason: codecWords(message))
    }
  }

  /// CMYK as Adobe stores it, 255 for no ink, to RGB in place: Pillow's `CMYK;I` mode and its `convert("RGB")`, which
  /// takes every CMYK JPEG for Adobe's.
  private static func convertInvertedCMYK(_ pixels: inout [UInt8]) {
    let count = pixels.count / 4
    pixels.withUnsafeMutableBufferPointer { pixels in
      for i in 0..<count {
        let paper = Int32(pixels[4 * i + 3])
        for channel in 0..<3 {
          let ink = Int32(255 - pixels[4 * i + channel])
          let product = ink * paper + 128
          pixels[3 * i + channel] = UInt8(truncatingIfNeeded: max(0, paper - ((product >> 8) + product) >> 8))
        }
      }
    }
    pixels.removeLast(count)
  }
}

extension ImageHeader {
  /// - Precondition: the size has been checked against `maximumSide`.
  var codecSize: cimage_size { cimage_size(width: UInt32(width), height: UInt32(height)) }
}

/// A codec's message as it was left in a C buffer.
func codecWords(_ message: [CChar]) -> String {
  String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
