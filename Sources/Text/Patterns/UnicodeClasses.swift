/// General categories as bits, so that a character class is one mask.
enum UnicodeClasses {
  static func bit(_ category: Unicode.GeneralCategory) -> UInt32 {
    switch category {
    case .uppercaseLetter: 1 << 0
    case .lowercaseLetter: 1 << 1
    case .titlecaseLetter: 1 << 2
    case .modifierLetter: 1 << 3
    case .otherLetter: 1 << 4
    case .nonspacingMark: 1 << 5
    case .spacingMark: 1 << 6
    case .enclosingMark: 1 << 7
    case .decimalNumber: 1 << 8
    case .letterNumber: 1 << 9
    case .otherNumber: 1 << 10
    case .connectorPunctuation: 1 << 11
    case .dashPunctuation: 1 << 12
    case .openPunctuation: 1 << 13
    case .closePunctuation: 1 << 14
    case .initialPunctuation: 1 << 15
    case .finalPunctuation: 1 << 16
    case .otherPunctuation: 1 << 17
    case .mathSymbol: 1 << 18
    case .currencySymbol: 1 << 19
    case .modifierSymbol: 1 << 20
    case .otherSymbol: 1 << 21
    case .spaceSeparator: 1 << 22
    case .lineSeparator: 1 << 23
    case .paragraphSeparator: 1 << 24
    case .control: 1 << 25
    case .format: 1 << 26
    case .surrogate: 1 << 27
    case .privateUse: 1 << 28
    default: 1 << 29
    }
  }

  static let all: UInt32 = (1 << 30) - 1
  static let letters: UInt32 = 0b11111
  static let numbers: UInt32 = 0b111 << 8

  /// The mask of a `\p{...}` name, or nil for a name that is not a general category.
  static func mask(_ name: String) -> UInt32? {
    let short = [
      "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
      "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]
    let matching = short.indices.filter { short[$0] == name || (name.count == 1 && short[$0].hasPrefix(name)) }
    return matching.isEmpty ? nil : matching.reduce(0) { $0 | 1 << UInt32($1) }
  }

  /// The general category of a scalar value, as a bit.
  static func bit(_ value: UInt32) -> UInt32 {
    // Hangul syllables and CJK ideographs are most of what is not Latin, and need no look-up.
    if (0xAC00...0xD7A3).contains(value) || (0x4E00...0x9FFF).contains(value) { return bit(.otherLetter) }
    guard let scalar = Unicode.Scalar(value) else { return bit(.surrogate) }
    return bit(scalar.properties.generalCategory)
  }

  /// Unicode's White_Space, which is what `\s` means in Oniguruma and in Rust.
  static func isSpace(_ value: UInt32) -> Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// `\w` of Rust's regex crate (UTS 18 annex C), which decides about `single_word` tokens.
  static func isWord(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    let marksDigitsConnectors: UInt32 = 0b111 << 5 | 1 << 8 | 1 << 11
    return scalar.properties.isAlphabetic || bit(value) & marksDigitsConnectors != 0 || scalar.properties.isJoinControl
  }
}
