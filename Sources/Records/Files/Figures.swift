import Foundation

/// Numbers as people read them; the same in every locale.
enum Figures {
  /// `2.3145` with exactly so many decimals.
  static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
    let scale = pow(10, Double(digits))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return value.description }
    let (whole, fraction) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + String(whole) }
    let decimals = String(fraction)
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - decimals.count) + decimals
  }

  /// At most so many significant digits, no zeros at the end: `0.00125`, `38.2`, `2e-5`, `1,250`.
  static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, digits: 0) }
    let exponent = Int(log10(abs(value)).rounded(.down))
    if exponent < -4 || exponent > 8 {
      let mantissa = value / pow(10, Double(exponent))
      return trimmed(fixed(mantissa, digits: digits - 1)) + "e\(exponent)"
    }
    let decimals = max(0, digits - 1 - exponent)
    guard decimals > 0 else { return grouped(Int(value.rounded())) }
    return trimmed(fixed(value, digits: decimals))
  }

  /// `1,234,567`.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: position)
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// `950`, `12.3k`, `4.56M`: three digits, for counts that only their size matters of.
  static func compact(_ value: Double) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    guard value.isFinite, let unit = units.first(where: { abs(value) >= $0.0 }) else {
      return significant(value, digits: 3)
    }
    return significant(value / unit.0, digits: 3) + unit.1
  }

  /// `0.42 s`, `45 s`, `4 min 20 s`, `2 h 13 min`, `3 d 4 h`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return "—" }
    let whole = Int(max(0, seconds).rounded())
    return switch whole {
    case ..<10: significant(max(0, seconds), digits: 2) + " s"
    case ..<60: "\(whole) s"
    case ..<3600: "\(whole / 60) min \(whole % 60) s"
    case ..<86_400: "\(whole / 3600) h \(whole % 3600 / 60) min"
    default: "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }
  }

  private static func trimmed(_ decimal: String) -> String {
    guard decimal.contains(".") else { return decimal }
    var text = Substring(decimal)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }
}
