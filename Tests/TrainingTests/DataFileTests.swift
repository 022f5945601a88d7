import Datasets
import Foundation
import Testing

@testable import Recipes
@testable import Training

/// A data file that is not there: the recipe's line that names it.
@Suite struct DataFileTests {
  private static func fault(_ overrides: [String] = []) throws -> String {
    let recipe = try Recipe.parse(
      yaml: """
        model: {path: llava}
        data:
          chat: {path: /none/chat.json}
        stages: [{name: align, train: {connector: {lr: 1e-3}}, batch: {global: 4, micro: 2}, until: {steps: 9}}]
        evaluation:
          data:
            held out: {path: /none/h.json}
        """, source: "r.yaml", overrides: overrides)
    func sentence(_ sources: [DataSource], _ key: String) -> String {
      do {
        _ = try recipe.open(sources, under: key)
        return ""
      } catch { return "\(error)" }
    }
    return sentence(recipe.data, "data") + "\n" + sentence(recipe.evaluation.data, "evaluation.data")
  }

  /// What a dry run says of a world of which one thing is left out.
  private static func fault(without missing: String, model: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("files-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for file in ["m/config.json", "v/config.json", "l/config.json", "t/tokenizer.json", "d.json", "c/x", "i/x"]
    where file != missing {
      let path = folder + "/" + file
      try FileManager.default.createDirectory(
        atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: path))
    }
    let recipe = try Recipe.parse(
      yaml: """
        model: \(model.replacing("@", with: folder))
        data: {d: {path: \(folder)/d.json, images: \(folder)/i}}
        stages: [{name: align, train: {connector: {lr: 1e-3}}, batch: {global: 4, micro: 2}, until: {steps: 9}}]
        """, source: "r.yaml")
    do {
      try recipe.checkFiles()
      return ""
    } catch { return "\(error)".replacing(folder, with: "@") }
  }

  @Test func `a dry run looks for models, tokenizers and folders of pictures, too`() throws {
    let whole = "{path: @/m, tokenizer: @/t}"
    let parts = "{vision: {path: @/v}, connector: {path: @/c}, language: {path: @/l, tokenizer: @/t/tokenizer.json}}"
    #expect(try Self.fault(without: "", model: whole) == "" && Self.fault(without: "", model: parts) == "")
    let file = "there is no such file; check the path"
    let folder = "there is no such folder; check the path"
    let cases = [
      (whole, "m/config.json", "r.yaml:1:15: model.path: @/m/config.json: " + file),
      (whole, "t/tokenizer.json", "model.tokenizer: @/t: " + file),
      (whole, "i/x", "data.d.images: @/i: " + folder),
      (parts, "v/config.json", "model.vision.path: @/v/config.json: " + file),
      (parts, "c/x", "model.connector.path: @/c: " + folder),
      (parts, "l/config.json", "model.language.path: @/l/config.json: " + file),
      (parts, "t/tokenizer.json", "model.language.tokenizer: @/t/tokenizer.json: " + file),
    ]
    for (model, missing, words) in cases {
      let fault = try Self.fault(without: missing, model: model)
      #expect(fault.hasPrefix("r.yaml:") && fault.hasSuffix(words), "\(missing): \(fault)")
    }
    // The tokenizer that a model comes with.
    let fault = try Self.fault(without: "", model: "{path: @/m}")
    #expect(fault == "r.yaml:1:15: model.path: @/m/tokenizer.json: " + file)
  }

  @Test func `a missing data file is told of with the place in the recipe`() throws {
    #expect(
      try Self.fault() == """
        r.yaml:3:16: data.chat.path: /none/chat.json: there is no such file; check the path
        r.yaml:7:22: evaluation.data.held out.path: /none/h.json: there is no such file; check the path
        """)
    #expect(
      try Self.fault(["data.chat.path=/gone"]).hasPrefix(
        "--set data.chat.path=/gone: data.chat.path: /gone: there is no such file; check the path"))
    let nowhere = TrainingError.missingData(path: "a", key: "data.b.path", place: nil)
    #expect("\(nowhere)" == "data.b.path: a: there is no such file; check the path")
  }
}
