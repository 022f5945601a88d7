import Testing

@testable import Media

@Suite struct ImageDecoderTests {
  @Test func `every golden image has Pillow's pixels`() throws {
    let entries = try Golden.read("decoding.json", as: Golden.Decoded.self)
    #expect(entries.count > 60)
    for entry in entries {
      let image = try ImageDecoder.decode(path: Golden.image(entry.file))
      #expect([image.width, image.height] == [entry.width, entry.height], "\(entry.file)")
      let worst = zip(image.pixels, entry.rgb).map { abs(Int($0) - Int($1)) }.max() ?? 0
      #expect(image.pixels == Array(entry.rgb), "\(entry.file): off by up to \(worst)")
    }
  }

  @Test func `transparency is composited with Pillow's rounding`() throws {
    let entries = try Golden.read("decoding.json", as: Golden.Decoded.self).filter { $0.flattened != nil }
    #expect(entries.count > 15)
    for entry in entries {
      let path = try Golden.image(entry.file)
      let image = try ImageDecoder.decode(path: path, alpha: .flatten(red: 200, green: 30, blue: 90))
      #expect(image.pixels == entry.flattened.map { Array($0) }, "\(entry.file)")
    }
  }

  @Test func `flattening leaves an opaque image alone`() throws {
    let bytes = try Golden.bytes("type2-8bit.png")
    #expect(try ImageDecoder.decode(bytes, alpha: .flatten(red: 9, green: 9, blue: 9)) == ImageDecoder.decode(bytes))
  }

  @Test func `the size from the header is the decoded size`() throws {
    for entry in try Golden.read("decoding.json", as: Golden.Decoded.self) {
      let size = try ImageDecoder.size(path: Golden.image(entry.file))
      #expect([size.width, size.height] == [entry.width, entry.height], "\(entry.file)")
    }
  }

  @Test func `an image in memory decodes as its file does`() throws {
    for file in ["progressive.jpg", "alpha.png", "orientation.webp"] {
      #expect(
        try ImageDecoder.decode(Golden.bytes(file)) == ImageDecoder.decode(path: Golden.image(file)), "\(file)")
    }
  }

  @Test func `the pixel limit is inclusive`() throws {
    let path = try Golden.image("baseline-444.jpg")
    #expect(try ImageDecoder.decode(path: path, maximumPixels: 29 * 19).width == 29)
    #expect(
      mediaError { try ImageDecoder.decode(path: path, maximumPixels: 29 * 19 - 1) }
        == .tooManyPixels(source: path, width: 29, height: 19, limit: 550))
  }
}
