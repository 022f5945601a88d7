import Foundation
import Tensors
import Testing

@testable import Datasets

/// The scanner against Foundation's parser on random JSON.
@Suite struct EntryScannerTests {
  private static func entries(_ bytes: [UInt8], piece: Int = .max) -> [EntryScanner.Entry] {
    var scanner = EntryScanner()
    for start in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
      scanner.feed(Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))]))
    }
    return scanner.finish()
  }

  /// Text that looks like structure.
  private static func text(_ random: inout RandomStream) -> String {
    let pieces = [
      "{", "}", "[", "]", ",", "\"", "\\", "\n", "\r\n", ":", " ", "a", "그림", "\u{1F600}", "\u{7}", "\\\"", "]}", "/",
    ]
    return (0..<random.below(9)).map { _ in pieces[random.below(pieces.count)] }.joined()
  }

  private static func value(_ random: inout RandomStream, depth: Int) -> Any {
    switch random.below(depth > 0 ? 8 : 5) {
    case 0: return text(&random)
    case 1: return random.below(1000) - 500
    case 2: return Double(random.below(1000)) / 8
    case 3: return random.below(2) == 0
    case 4: return NSNull()
    case 5: return (0..<random.below(4)).map { _ in value(&random, depth: depth - 1) }
    default:
      return Dictionary(
        (0..<random.below(4)).map { _ in (text(&random), value(&random, depth: depth - 1)) }, uniquingKeysWith: { $1 })
    }
  }

  private static func parsed(_ data: Data) throws -> Any {
    try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
  }

  /// Text that equal values have in common.
  private static func canonical(_ values: [Any]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: values, options: .sortedKeys), as: UTF8.self)
  }

  @Test func `random arrays, pretty-printed and compact, have the entries that JSONSerialization finds`() throws {
    var random = RandomStream(11)
    var seen = 0
    for _ in 0..<400 {
      let array = (0..<1 + random.below(6)).map { _ in Self.value(&random, depth: 3) }
      for options: JSONSerialization.WritingOptions in [[], .prettyPrinted, [.prettyPrinted, .sortedKeys]] {
        let data = try JSONSerialization.data(withJSONObject: array, options: options)
        let expected = try #require(try JSONSerialization.jsonObject(with: data) as? [Any])
        let bytes = [UInt8](data)
        let entries = Self.entries(bytes)
        let found = try entries.map { try Self.parsed(data.subdata(in: $0.range)) }
        #expect(try Self.canonical(found) == Self.canonical(expected), "\(String(decoding: bytes, as: UTF8.self))")
        #expect(entries.allSatisfy { $0.damage == nil })
        #expect(entries.map(\.line) == entries.map { 1 + bytes[..<$0.range.lowerBound].count { $0 == 10 } })
        seen += entries.count
      }
    }
    #expect(seen > 2000)
  }

  @Test func `random lines have the entries that JSONSerialization finds`() throws {
    var random = RandomStream(12)
    for _ in 0..<200 {
      let objects = (0..<1 + random.below(6)).map { _ in ["k": Self.value(&random, depth: 2)] }
      let lines = try objects.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
      let text = lines.joined(separator: random.below(2) == 0 ? "\n" : "\r\n")
      let data = Data(text.utf8)
      let found = try Self.entries([UInt8](data)).map { try Self.parsed(data.subdata(in: $0.range)) }
      #expect(try Self.canonical(found) == Self.canonical(objects))
    }
  }

  @Test func `where a file is cut into pieces for reading makes no difference`() throws {
    var random = RandomStream(13)
    let array = (0..<5).map { _ in ["k": Self.value(&random, depth: 3)] }
    for options: JSONSerialization.WritingOptions in [[], .prettyPrinted] {
      let bytes = [0xEF, 0xBB, 0xBF] + [UInt8](try JSONSerialization.data(withJSONObject: array, options: options))
      let whole = Self.entries(bytes)
      #expect(whole.count == 5)
      for piece in [1, 2, 3, 7, 64] { #expect(Self.entries(bytes, piece: piece) == whole) }
    }
  }

  @Test func `any bytes at all are scanned to their end`() {
    var random = RandomStream(14)
    let alphabet = Array("{}[]\",\\: \n1a".utf8)
    for _ in 0..<20_000 {
      let bytes = (0..<random.below(24)).map { _ in alphabet[random.below(alphabet.count)] }
      let entries = bytes.isEmpty ? [] : Self.entries(bytes)
      // In order, none over another, none outside.
      let ends = entries.flatMap { [$0.range.lowerBound, $0.range.upperBound] }
      #expect(ends == ends.sorted() && ends.allSatisfy { (0...bytes.count).contains($0) })
    }
  }
}
