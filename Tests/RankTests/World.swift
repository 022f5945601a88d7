import Foundation
import Media

/// Small data, a tiny recipe and room for runs, in a folder that goes with the test.
final class World {
  let path: String
  var recipe: String { path + "/recipe.yaml" }

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("world-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
    let made = try Mpirun.runAlone(
      program: "vlm-dist", ["data", "synth", path + "/data", "--pictures", "24", "--held-out", "2"])
    guard made.code == 0 else { throw CocoaError(.fileWriteUnknown, userInfo: ["errors": made.errors]) }
    try write("recipe.yaml", try String(contentsOf: Self.tinyRecipe, encoding: .utf8))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, bytes: Array(text.utf8)) }

  @discardableResult
  func write(_ name: String, bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    return path + "/" + name
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

  /// Entries of the captions, a line of JSON each.
  func captions() throws -> [String] {
    let all = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: path + "/data/captions.json")))
    return try (all as? [Any] ?? []).map {
      String(decoding: try JSONSerialization.data(withJSONObject: $0, options: .withoutEscapingSlashes), as: UTF8.self)
    }
  }

  /// The captions as JSON lines with six bad ones among them, and the ids or lines that these are known by.
  func writeBadCaptions() throws -> [String] {
    let image = RGBImage(width: 40, height: 40, pixels: (0..<4800).map { UInt8(truncatingIfNeeded: $0 * 7) })
    try write("data/cut.jpg", bytes: try ImageEncoder.jpeg(image, quality: 90).dropLast(300))
    try write("data/page.jpg", "<!DOCTYPE html><html><body>404</body></html>")
    try write("data/huge.png", bytes: Self.hugeHeader)
    try write("data/empty.jpg", "")
    var lines = try captions()
    let names = ["cut.jpg", "page.jpg", "huge.png", "empty.jpg", "none.jpg"]
    for (number, name) in names.enumerated() {
      let conversation =
        #"[{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": "a red square"}]"#
      lines.insert(
        #"{"id": "bad \#(name)", "image": "\#(name)", "conversations": \#(conversation)}"#, at: 3 + 4 * number)
    }
    lines.insert("this is no JSON", at: 2)
    try write("data/captions.json", lines.joined(separator: "\n") + "\n")
    return names.map { "sample \"bad \($0)\": " } + ["captions.json:3: not a JSON object"]
  }

  /// The first bytes of a PNG of 30,000 x 30,000 pixels.
  private static let hugeHeader: [UInt8] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x75,
    0x30,
    0x00, 0x00, 0x75, 0x30, 0x08, 0x02, 0x00, 0x00, 0x00, 0xE9, 0x45, 0x6F, 0xED,
  ]

  /// What the drills train, too.
  private static let tinyRecipe = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../cluster/drills/tiny.yaml")
}

extension Mpirun.Outcome {
  /// What the program itself said on stderr; mpirun adds words of its own.
  var complaints: [String] {
    errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("vlm-dist: ") }
  }

  /// The one line that an error is; a text that no test expects if there are more or none.
  var complaint: String { complaints.count == 1 ? complaints[0] : "\(complaints.count) lines: \(errors)" }
}
