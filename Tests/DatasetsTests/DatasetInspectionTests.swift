import Datasets
import Foundation
import Media
import Testing

@Suite struct DatasetInspectionTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  /// The first bytes of a PNG of 30,000 x 30,000 pixels.
  private static let hugeHeader: [UInt8] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x75,
    0x30,
    0x00, 0x00, 0x75, 0x30, 0x08, 0x02, 0x00, 0x00, 0x00, 0xE9, 0x45, 0x6F, 0xED,
  ]

  @Test func `every bad sample of a folder is found and named, and no good one`() throws {
    let image = RGBImage(width: 64, height: 48, pixels: (0..<64 * 48 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) })
    let jpeg = try ImageEncoder.jpeg(image, quality: 90)
    try scratch.write("good.jpg", jpeg)
    try scratch.write("good.png", try picture())
    try scratch.write("cut.jpg", jpeg.dropLast(jpeg.count / 3))
    try scratch.write("page.jpg", "<!DOCTYPE html><html><body>404 Not Found</body></html>".utf8)
    try scratch.write("huge.png", Self.hugeHeader)
    try scratch.write("empty.jpg", [])
    try FileManager.default.createDirectory(atPath: scratch.path + "/folder.jpg", withIntermediateDirectories: true)
    let dataset = try scratch.dataset(
      [
        entry("1", image: "good.jpg"), entry("2", image: "cut.jpg"), entry("3"), entry("4", image: "page.jpg"),
        entry("5", image: "huge.png"), "this is no JSON", entry("6", image: "empty.jpg"), entry("7", image: "none.jpg"),
        entry("8", image: "folder.jpg"), entry("9", image: "good.png"),
        entry("10", image: "good.png", question: "<image>"),
        entry("11", answer: "blue"),
      ].joined(separator: "\n"))
    var told: [Int: String] = [:]
    var order: [Int] = []
    let inspection = try DatasetInspection.inspect(dataset) { done, problem in
      order.append(done)
      told[done] = problem
    }
    #expect(order == Array(1...12))
    let expected: [(line: Int, id: String?, words: String)] = [
      (2, "2", "cut.jpg: truncated JPEG"), (4, "4", "page.jpg: not an image, it looks like an HTML page"),
      (5, "5", "huge.png: 30000x30000 pixels, the limit is 100000000"), (6, nil, "not a JSON object"),
      (7, "6", "empty.jpg: 0 bytes"), (8, "7", "none.jpg: no such file"), (9, "8", "folder.jpg: not a regular file"),
      (11, "10", "2 <image> marks in the questions but 1 images"),
    ]
    #expect(inspection.problems.count == expected.count)
    for (problem, (line, id, words)) in zip(inspection.problems, expected) {
      let place = "\(scratch.path)/data.json:\(line): " + (id.map { "sample \"\($0)\": " } ?? "")
      #expect(problem.hasPrefix(place) && problem.contains(words), "\(problem)")
      #expect(told[line] == problem)
    }
    #expect(inspection.summary == "4 usable samples, 8 turns, 2 pictures, 2 without a picture, 8 unusable")
  }
}
