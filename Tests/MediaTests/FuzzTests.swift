import Testing

@testable import Media

@Suite struct FuzzTests {
  private static let files = [
    "baseline-420.jpg", "progressive.jpg", "cmyk.jpg", "orientation-6.jpg", "type3-4bit-transparency.png",
    "type6-16bit-interlaced.png", "orientation.png", "lossy.webp", "alpha-lossless.webp", "orientation.webp",
  ]

  /// Flips, overwrites, cuts and repeats; half of them within the first 64 bytes, where the headers are.
  private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard !bytes.isEmpty else { break }
      let reach = Bool.random(using: &random) ? min(64, bytes.count) : bytes.count
      let place = Int.random(in: 0..<reach, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: bytes[place..<min(place + 9, bytes.count)], at: place)
      }
    }
    return bytes
  }

  @Test(arguments: files)
  func `damaged files are refused or decoded, and never bring the process down`(file: String) throws {
    let whole = try Golden.bytes(file)
    var random = SeededGenerator(state: UInt64(whole.count))
    var refused = 0
    for round in 0..<200 {
      do {
        let alpha = AlphaTreatment.flatten(red: 1, green: 2, blue: 3)
        let image = try ImageDecoder.decode(damaged(whole, &random), alpha: alpha, maximumPixels: 1 << 20)
        #expect(image.pixels.count == image.width * image.height * 3, "round \(round)")
        #expect(image.width * image.height <= 1 << 20, "round \(round)")
      } catch {
        #expect(!error.description.contains("\n"), "round \(round)")
        refused += 1
      }
    }
    // Flips in text, in tables that are not used and in pixels of a JPEG or WebP go unseen.
    #expect(refused > 60, "only \(refused) refused")
  }
}
