/// What a file is by its first bytes, whatever its name says.
enum ImageSignature: Equatable {
  case supported(ImageFormat)
  /// An image of another format, with its article.
  case unsupported(String)
  /// No image, described with its article.
  case other(String)
  case nothing

  /// How many bytes are needed to tell.
  static let lookedAt = 512

  init(_ start: [UInt8]) {
    if start.isEmpty {
      self = .nothing
    } else if let format = Self.supported(start) {
      self = .supported(format)
    } else if let format = Self.unsupported(start) {
      self = .unsupported(format)
    } else {
      self = .other(Self.description(start))
    }
  }

  private static func supported(_ start: [UInt8]) -> ImageFormat? {
    if start.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if start.starts(with: "RIFF".utf8) && start.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
    return nil
  }

  private static func unsupported(_ start: [UInt8]) -> String? {
    let named: [(signature: [UInt8], format: String)] = [
      (Array("GIF8".utf8), "a GIF image"), (Array("BM".utf8), "a BMP image"),
      ([0x49, 0x49, 0x2A, 0], "a TIFF image"), ([0x4D, 0x4D, 0, 0x2A], "a TIFF image"),
      ([0, 0, 1, 0], "an icon file (ICO)"), (Array("8BPS".utf8), "a Photoshop file"),
      ([0xFF, 0x0A], "a JPEG XL image"), ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL image"),
      ([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 image"), ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
      (Array("%PDF".utf8), "a PDF document"),
    ]
    if let match = named.first(where: { start.starts(with: $0.signature) }) { return match.format }
    if start.dropFirst(4).starts(with: "ftyp".utf8) {
      let brand = String(decoding: start.dropFirst(8).prefix(4), as: UTF8.self)
      if brand.hasPrefix("avi") { return "an AVIF image" }
      return ["heic", "heix", "mif1", "msf1", "hevc"].contains(brand) ? "a HEIC image" : "a video (MP4)"
    }
    return isSVG(start) ? "an SVG drawing" : nil
  }

  private static func isSVG(_ start: [UInt8]) -> Bool {
    let text = leadingText(start)
    return text.hasPrefix("<svg") || text.hasPrefix("<?xml") && text.contains("<svg")
  }

  private static func description(_ start: [UInt8]) -> String {
    let text = leadingText(start)
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<head") { return "an HTML page" }
    if text.hasPrefix("<?xml") || text.hasPrefix("<") { return "an XML document" }
    if text.hasPrefix("{") || text.hasPrefix("[") { return "a JSON document" }
    if text.hasPrefix("version https://git-lfs") { return "a Git LFS pointer, its file was never downloaded" }
    if start.starts(with: [0x1F, 0x8B]) { return "a gzip archive" }
    if start.starts(with: [0x50, 0x4B, 3, 4]) { return "a ZIP archive" }
    if start.allSatisfy({ $0 == 0 }) { return "nothing but zero bytes" }
    if start.allSatisfy({ (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }) { return "plain text" }
    let shown = start.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    return "unknown data (first bytes: \(shown))"
  }

  /// In lower case, without a byte order mark, white space and HTML comments in front.
  private static func leadingText(_ start: [UInt8]) -> String {
    let bytes = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
    var text = Substring(String(decoding: bytes, as: UTF8.self).lowercased()).drop(while: \.isWhitespace)
    while text.hasPrefix("<!--"), let end = text.firstRange(of: "-->") {
      text = text[end.upperBound...].drop(while: \.isWhitespace)
    }
    return String(text)
  }
}
