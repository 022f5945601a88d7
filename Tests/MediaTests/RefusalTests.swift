import Foundation
import Testing

@testable import Media

@Suite struct RefusalTests {
  private func refusal(_ bytes: [UInt8]) -> MediaError? { mediaError { try ImageDecoder.decode(bytes) } }

  /// A PNG that is a header and nothing else; its checksum is wrong, which nobody gets to see.
  private func pngHeader(width: UInt32, height: UInt32) -> [UInt8] {
    let sides = [width, height].flatMap { side in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: side >> $0) } }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + sides
      + [8, 2, 0, 0, 0, 0, 0, 0, 0]
  }

  @Test(arguments: [
    "baseline-444.jpg", "baseline-420.jpg", "progressive.jpg", "restarts.jpg", "grey.jpg", "cmyk.jpg", "type2-8bit.png",
    "type3-4bit-interlaced.png", "lossless.webp", "lossy.webp",
  ])
  func `an image cut off anywhere is refused`(file: String) throws {
    let whole = try Golden.bytes(file)
    // libwebp does not miss the padding byte behind an odd chunk, and no pixel is in it.
    let padding = file.hasSuffix("webp") ? 1 : 0
    for count in 0..<whole.count - padding {
      #expect(refusal(Array(whole.prefix(count))) != nil, "\(file), \(count) of \(whole.count) bytes")
    }
  }

  @Test(arguments: ["baseline-420.jpg", "progressive.jpg", "type6-8bit.png", "lossy.webp", "lossless.webp"])
  func `an image cut off in its data is called truncated`(file: String) throws {
    let whole = try Golden.bytes(file)
    let format: ImageFormat = file.hasSuffix("jpg") ? .jpeg : file.hasSuffix("png") ? .png : .webp
    for count in [whole.count * 3 / 4, whole.count - 20, whole.count - 3] {
      #expect(refusal(Array(whole.prefix(count))) == .truncated(source: "image bytes", format: format), "\(count)")
    }
  }

  @Test func `a JPEG whose data end early at a proper end marker is refused`() throws {
    let whole = try Golden.bytes("baseline-444.jpg")
    let cut = whole.prefix(whole.count * 3 / 4) + [0xFF, 0xD9]
    #expect(refusal(Array(cut)) == .truncated(source: "image bytes", format: .jpeg))
  }

  @Test(arguments: ["type2-8bit.png", "type6-16bit.png"])
  func `a flipped bit in PNG data is found`(file: String) throws {
    var bytes = try Golden.bytes(file)
    bytes[bytes.count / 2] ^= 0x10
    guard case .corrupt("image bytes", .png, _) = refusal(bytes) else {
      Issue.record("not refused as corrupt")
      return
    }
  }

  @Test func `an enormous header is refused with size and limit, before its memory`() {
    #expect(
      refusal(pngHeader(width: 30_000, height: 30_000))
        == .tooManyPixels(source: "image bytes", width: 30_000, height: 30_000, limit: 100_000_000))
    #expect(
      refusal(pngHeader(width: .max, height: .max))
        == .tooManyPixels(source: "image bytes", width: 4_294_967_295, height: 4_294_967_295, limit: 100_000_000))
    #expect(
      refusal(pngHeader(width: 2_000_000, height: 1))
        == .sideTooLong(source: "image bytes", width: 2_000_000, height: 1, limit: 1_000_000))
  }

  @Test func `a short PNG that claims more than deflate can pack is refused`() {
    #expect(
      refusal(pngHeader(width: 9_000, height: 9_000)) == .truncated(source: "image bytes", format: .png))
  }

  @Test func `files of empty segments and chunks, and of zeros without end, do not hold up the reader`() throws {
    let many = 300_000
    let empty: [[UInt8]] = Array(repeating: [0xFF, 0xFE, 0, 2], count: many)
    let jpeg = MediaError.corrupt(source: "image bytes", format: .jpeg, reason: "more than 262144 segments")
    #expect(refusal([0xFF, 0xD8] + empty.flatMap { $0 }) == jpeg)
    // An extended WebP with a claim of EXIF, 16 x 16 pixels.
    let head =
      Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 8, 0, 0, 0, 15, 0, 0, 15, 0, 0]
    let source = CountedBytes(contents: head + [UInt8](repeating: 0, count: 8 * many))
    #expect(try ImageHeader(source).width == 16)
    #expect((262_144...262_160).contains(source.reads.count))
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("huge-\(UUID().uuidString).jpg").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([0xFF, 0xD8, 0xFF]).write(to: URL(filePath: path))
    #expect(truncate(path, 1 << 40) == 0)
    let huge = MediaError.fileTooLarge(path: path, bytes: 1 << 40, limit: 1 << 30)
    #expect(mediaError { try ImageDecoder.decode(path: path) } == huge)
  }

  @Test func `an image without pixels is refused`() {
    #expect(
      refusal(pngHeader(width: 0, height: 5))
        == .corrupt(source: "image bytes", format: .png, reason: "its size is 0x5"))
  }

  @Test func `text in a PNG is passed over, however much it is`() throws {
    let plain = try Golden.bytes("type2-8bit.png")
    let text: [UInt8] = [0, 0x90, 0, 0] + Array("tEXt".utf8) + [UInt8](repeating: 65, count: 0x90_0000) + [0, 0, 0, 0]
    let padded = Array(plain[..<33]) + text + plain[33...]
    #expect(try ImageDecoder.decode(padded) == ImageDecoder.decode(plain))
  }

  @Test(arguments: [
    ("<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    ("\n  <html lang=\"en\">", "an HTML page"),
    ("<!-- cached --> <!doctype HTML>", "an HTML page"),
    ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "an XML document"),
    ("{\"error\": \"not found\"}", "a JSON document"),
    ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, its file was never downloaded"),
    ("Not Found", "plain text"),
    ("\u{0}\u{0}\u{0}\u{0}", "nothing but zero bytes"),
    ("\u{1}\u{2}abc", "unknown data (first bytes: 01 02 61 62 63)"),
  ])
  func `what is no image is named`(content: String, looksLike: String) {
    #expect(refusal(Array(content.utf8)) == .notAnImage(source: "image bytes", looksLike: looksLike))
  }

  @Test(arguments: [
    ("GIF89a", "a GIF image"), ("BM0000", "a BMP image"), ("II*\u{0}", "a TIFF image"),
    ("\u{0}\u{0}\u{0}\u{1C}ftypavif", "an AVIF image"), ("\u{0}\u{0}\u{0}\u{1C}ftypheic", "a HEIC image"),
    ("\u{0}\u{0}\u{0}\u{1C}ftypisom", "a video (MP4)"), ("<?xml version='1.0'?>\n<svg>", "an SVG drawing"),
    ("%PDF-1.7", "a PDF document"),
  ])
  func `other image formats are named`(content: String, format: String) {
    #expect(refusal(Array(content.utf8)) == .unsupportedFormat(source: "image bytes", format: format))
  }

  @Test(arguments: [
    ("twelve.gif", "a GIF image"), ("drawing.tiff", "a TIFF image"), ("animated.webp", "an animated WebP image"),
  ])
  func `a real file of another format is refused by path`(file: String, format: String) throws {
    let path = try Golden.image(file)
    #expect(mediaError { try ImageDecoder.decode(path: path) } == .unsupportedFormat(source: path, format: format))
    #expect(mediaError { try ImageDecoder.size(path: path) } == .unsupportedFormat(source: path, format: format))
  }

  @Test func `missing, empty and special files are told apart`() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let empty = directory.appendingPathComponent("empty.jpg").path
    try Data().write(to: URL(fileURLWithPath: empty))
    let pipe = directory.appendingPathComponent("pipe.jpg").path
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(mediaError { try ImageDecoder.decode(path: empty) } == .empty(source: empty))
    #expect(mediaError { try ImageDecoder.decode(path: empty + ".no") } == .missing(path: empty + ".no"))
    #expect(mediaError { try ImageDecoder.decode(path: empty + "/in") } == .missing(path: empty + "/in"))
    #expect(mediaError { try ImageDecoder.decode(path: directory.path) } == .notAFile(path: directory.path))
    #expect(mediaError { try ImageDecoder.decode(path: pipe) } == .notAFile(path: pipe))
  }
}

/// An image in memory that counts how often it is asked.
private struct CountedBytes: ByteSource {
  final class Reads { var count = 0 }

  let contents: [UInt8]
  let reads = Reads()
  let name = "counted bytes"

  var count: Int { contents.count }

  func bytes(at offset: Int, count: Int) -> [UInt8] {
    reads.count += 1
    return MemoryBytes(name: name, contents: contents).bytes(at: offset, count: count)
  }
}
