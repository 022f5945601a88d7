import Foundation

/// Unicode's normalization form C, as Hugging Face's tokenizers have it: theirs knows Unicode 12, so what was assigned
/// later neither composes nor is reordered.
enum CanonicalComposition {
  static func nfc(_ text: [UInt8]) -> [UInt8] {
    // Below U+0300 (lead bytes up to 0xCB) nothing composes or is reordered.
    if text.allSatisfy({ $0 < 0xCC }) { return text }
    var out: [UInt8] = []
    var known = String.UnicodeScalarView()
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if isLaterThanUnicode12(scalar) {
        out += composed(known) + UTF8Cursor.encoded(scalar.value)
        known = String.UnicodeScalarView()
      } else {
        known.append(scalar)
      }
    }
    return out + composed(known)
  }

  private static func isLaterThanUnicode12(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Nothing that composes was added to these blocks since; they are most of what is not ASCII.
    case ..<0x870, 0x1E00...0xA7FF, 0xAC00...0xD7FF: false
    default: (scalar.properties.age?.major ?? 0) > 12
    }
  }

  private static func composed(_ scalars: String.UnicodeScalarView) -> [UInt8] {
    composedHangul(String(scalars).precomposedStringWithCanonicalMapping.unicodeScalars)
  }

  /// Foundation leaves a syllable without a final consonant and a final consonant behind it as they are; the standard
  /// (section 3.12) composes them.
  private static func composedHangul(_ scalars: String.UnicodeScalarView) -> [UInt8] {
    var out = String.UnicodeScalarView()
    var open: Unicode.Scalar?
    for scalar in scalars {
      if let syllable = open {
        open = nil
        if (0x11A8...0x11C2).contains(scalar.value),
          let whole = Unicode.Scalar(syllable.value + scalar.value - 0x11A7)
        {
          out.append(whole)
          continue
        }
        out.append(syllable)
      }
      if (0xAC00...0xD7A3).contains(scalar.value), (scalar.value - 0xAC00) % 28 == 0 {
        open = scalar
      } else {
        out.append(scalar)
      }
    }
    if let open { out.append(open) }
    return Array(String(out).utf8)
  }
}
