import Testing

@testable import Media

@Suite struct ImageEncoderTests {
  @Test(arguments: [(1, 1), (97, 53), (3, 200)])
  func `a PNG gives back the same pixels`(width: Int, height: Int) throws {
    let image = ramp(width, height)
    #expect(try ImageDecoder.decode(ImageEncoder.png(image)) == image)
  }

  @Test func `a JPEG is close to its image, and closer at a higher quality`() throws {
    let image = try ImageDecoder.decode(path: Golden.image("photo.jpg"))
    func error(quality: Int) throws -> Int {
      let decoded = try ImageDecoder.decode(ImageEncoder.jpeg(image, quality: quality))
      #expect(decoded.width == image.width && decoded.height == image.height)
      return zip(decoded.pixels, image.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) } / image.pixels.count
    }
    #expect(try error(quality: 95) < 5)
    #expect(try error(quality: 95) < error(quality: 20))
    #expect(try ImageEncoder.jpeg(image, quality: 900) == ImageEncoder.jpeg(image, quality: 100))
  }

  @Test func `an image that a format cannot hold is an error`() {
    let image = RGBImage(width: 70_000, height: 1, pixels: [UInt8](repeating: 0, count: 210_000))
    guard case .encodingFailed(.jpeg, let reason) = mediaError({ try ImageEncoder.jpeg(image, quality: 80) }) else {
      Issue.record("not refused")
      return
    }
    #expect(reason.contains("65500"))
  }
}
