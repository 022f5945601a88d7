import Foundation
import Testing

@testable import Media

/// The files beside the tests; Golden/make_golden.py wrote them.
enum Golden {
  static func path(_ file: String) throws -> String {
    let directory = try #require(Bundle.module.resourceURL)
    return directory.appendingPathComponent("Golden").appendingPathComponent(file).path
  }

  static func image(_ file: String) throws -> String { try path("images/" + file) }

  static func bytes(_ file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: image(file))))
  }

  static func read<Entry: Decodable>(_ file: String, as type: Entry.Type) throws -> [Entry] {
    try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: path(file))))
  }

  /// An image, and what Pillow makes of it.
  struct Decoded: Decodable {
    let file: String
    let width: Int
    let height: Int
    let rgb: Data
    /// Over (200, 30, 90).
    let flattened: Data?
  }

  struct Resized: Decodable {
    let from: [Int]
    let to: [Int]
    let resample: Int
    let hash: String
    let rgb: Data?
  }

  struct Preprocessed: Decodable {
    struct Image: Decodable {
      let file: String
      let values: Data
      let valuesOnWhite: Data?
    }
    let processor: String
    let configuration: String
    let images: [Image]
  }
}

/// SplitMix64: the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The 64-bit FNV-1a hash in hexadecimal.
func fnv1a(_ bytes: [UInt8]) -> String {
  let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// A picture from a formula, the same as in make_golden.py.
func ramp(_ width: Int, _ height: Int) -> RGBImage {
  let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + $0 * 7 + ($0 >> 3) * 101) }
  return RGBImage(width: width, height: height, pixels: pixels)
}

/// The error that `body` throws.
func mediaError<Result>(_ body: () throws -> Result) -> MediaError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? MediaError
  }
}
