/// What becomes of an alpha channel, of a palette's transparency, and of a transparent colour.
public enum AlphaTreatment: Sendable, Equatable {
  /// The colours as stored, whatever lies under full transparency: Pillow's `convert("RGB")`.
  case drop
  /// Composited over a colour, rounded as Pillow's `Image.alpha_composite` over an opaque background.
  case flatten(red: UInt8, green: UInt8, blue: UInt8)

  /// RGBA -> RGB, in place, so that a large image is in memory once.
  func removeAlpha(from pixels: inout [UInt8]) {
    let count = pixels.count / 4
    pixels.withUnsafeMutableBufferPointer { pixels in
      switch self {
      case .drop:
        for i in 0..<count {
          for channel in 0..<3 { pixels[3 * i + channel] = pixels[4 * i + channel] }
        }
      case .flatten(let red, let green, let blue):
        let background = (UInt32(red), UInt32(green), UInt32(blue))
        for i in 0..<count {
          let alpha = UInt32(pixels[4 * i + 3])
          let (r, g, b) = (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2])
          pixels[3 * i] = Self.blend(r, over: background.0, alpha: alpha)
          pixels[3 * i + 1] = Self.blend(g, over: background.1, alpha: alpha)
          pixels[3 * i + 2] = Self.blend(b, over: background.2, alpha: alpha)
        }
      }
    }
    pixels.removeLast(count)
  }

  /// `(colour · alpha + background · (255 − alpha)) / 255` with Pillow's 7 fraction bits and its division by shifts.
  private static func blend(_ colour: UInt8, over background: UInt32, alpha: UInt32) -> UInt8 {
    let sum = (UInt32(colour) * alpha + background * (255 - alpha)) << 7 + (0x80 << 7)
    return UInt8(truncatingIfNeeded: (((sum >> 8) + sum) >> 8) >> 7)
  }
}
