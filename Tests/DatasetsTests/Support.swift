import Datasets
import Foundation
import Media
import Text

/// A directory of its own for one test, removed at its end.
final class ScratchDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    return path + "/" + name
  }

  /// A data set of this text; pictures are looked up beside it.
  func dataset(_ text: String, limit: Int? = nil) throws -> LlavaDataset {
    try LlavaDataset(name: "chat", path: try write("data.json", text.utf8), imageDirectory: nil, limit: limit)
  }
}

/// An entry with one question and one answer.
func entry(_ id: String, image: String? = nil, question: String = "What?", answer: String = "red") -> String {
  let picture = image.map { "\"image\": \"\($0)\", " } ?? ""
  let text = (image == nil ? "" : "<image>\\n") + question
  return "{\"id\": \"\(id)\", \(picture)\"conversations\": [{\"from\": \"human\", \"value\": \"\(text)\"}, "
    + "{\"from\": \"gpt\", \"value\": \"\(answer)\"}]}"
}

extension LlavaDataset {
  /// Ids of all samples; for one that cannot be used, the error's sentence.
  var outcomes: [String] {
    (0..<count).map { index in
      do { return try sample(index).id } catch { return "\(error)" }
    }
  }
}

/// A picture of one colour.
func picture(_ side: Int = 8) throws -> [UInt8] {
  try ImageEncoder.png(RGBImage(width: side, height: side, pixels: [UInt8](repeating: 200, count: side * side * 3)))
}

/// A tokenizer with a token for each of a few words, and a loader for pictures of `imageTokens` tokens.
enum Words {
  static func tokenizer() throws -> Tokenizer {
    try Tokenizer(
      json: BytePairVocabularyBuilder.tokenizerJSON(
        words: "What colour is it ? red green blue user assistant system".split(separator: " ").map(String.init),
        specialTokens: ["<|im_start|>", "<|im_end|>", "<image>"]))
  }

  static func loader(
    _ sources: [LlavaDataset], imageTokens: Int = 6, maximumTokens: Int? = nil, template: ChatTemplateKind = .chatml,
    hasEyes: Bool = true, alphas: [AlphaTreatment?] = []
  ) throws -> SampleLoader {
    let tokenizer = try tokenizer()
    let encoder = try ChatEncoder(
      tokenizer: tokenizer, template: ChatTemplate(kind: template), imageToken: tokenizer.id(of: "<image>"),
      imageTokenCount: imageTokens)
    let preprocessor = ImagePreprocessor(size: 4, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
    return SampleLoader(
      sources: sources, encoder: encoder, preprocessor: hasEyes ? preprocessor : nil, imageTokens: imageTokens,
      maximumTokens: maximumTokens, alphas: alphas)
  }
}

/// A PNG of 2 x 2 pixels, all of them wholly transparent, with grey behind.
let transparentPicture = [UInt8](
  Data(
    base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAEUlEQVR42mNoaGhgAGEGGAMA"
      + "ORIGAbm0kLgAAAAASUVORK5CYII="
  ) ?? Data())
