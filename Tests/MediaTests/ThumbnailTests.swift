import Foundation
import Testing

@testable import Media

@Suite struct ThumbnailTests {
  /// Writes a picture of `width` by `height` pixels and makes its thumbnail.
  private func thumbnail(
    _ width: Int, _ height: Int, side: Int = 160, pixel: (Int) -> UInt8
  ) throws -> (thumbnail: Thumbnail, original: RGBImage) {
    let image = RGBImage(width: width, height: height, pixels: (0..<width * height * 3).map(pixel))
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(ImageEncoder.png(image)).write(to: URL(fileURLWithPath: path))
    return (try Thumbnail(path: path, side: side), image)
  }

  private func noise(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: (index &* 2_654_435_761) >> 13) }

  @Test func `a small drawing stays as it is, to the pixel`() throws {
    let (small, image) = try thumbnail(48, 40) { $0 / 900 % 2 == 0 ? 245 : 40 }
    #expect(small.format == .png)
    #expect(try ImageDecoder.decode(small.bytes) == image)
  }

  @Test func `a photograph is shrunk in its proportions and becomes a JPEG`() throws {
    let small = try thumbnail(640, 427, pixel: noise).thumbnail
    #expect(small.format == .jpeg)
    #expect(small.width == 160 && small.height == 107)
    let shown = try ImageDecoder.decode(small.bytes)
    #expect(shown.width == 160 && shown.height == 107)
  }

  @Test(arguments: [(1000, 1), (1, 1000), (161, 160), (160, 161)])
  func `no side is longer than asked for, and none vanishes`(width: Int, height: Int) throws {
    let small = try thumbnail(width, height, pixel: noise).thumbnail
    #expect(max(small.width, small.height) == 160 && min(small.width, small.height) >= 1)
  }

  @Test func `a file that is no picture is an error with its path`() throws {
    #expect {
      try Thumbnail(path: "/none.png", side: 160)
    } throws: {
      "\($0)".contains("/none.png")
    }
  }
}
