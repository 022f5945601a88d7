import Foundation
import Pretrained
import Testing
import Text

@testable import Recipes
@testable import Training

/// The chat template that a model was trained with goes where the model goes.
@Suite struct ExportTemplateTests {
  private let world: FeatureWorld
  private var tokenizer: String { world.path + "/tokenizer" }

  init() throws { world = try FeatureWorld(pictures: 1) }

  private func settings(_ folder: String) throws -> [String: Any] {
    let json = try Data(contentsOf: URL(filePath: folder + "/tokenizer_config.json"))
    return try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
  }

  /// Exports the model of a recipe as `vlm-dist export` does.
  private func exported(_ overrides: [String]) throws -> (folder: String, template: Text.ChatTemplate) {
    let recipe = try world.recipe(overrides)
    let loaded = try ModelAssembly.build(recipe)
    let used = ModelAssembly.lastTemplate(recipe).map(loaded.using) ?? loaded
    let folder = world.path + "/exported-\(UUID().uuidString)"
    try used.export(directory: folder, tokenizerFiles: recipe.model.tokenizer)
    return (folder, used.template)
  }

  @Test(arguments: [
    (["chat_template=vicuna_v1"], ChatTemplateKind.vicuna), (["stages.0.template=vicuna_v1"], .vicuna),
    (["chat_template=vicuna_v1", "stages.0.template=plain"], .vicuna),
  ])
  func `another template than the tokenizer's is exported in its place`(overrides: [String], kind: ChatTemplateKind)
    throws
  {
    let (folder, template) = try exported(overrides)
    #expect(template == Text.ChatTemplate(kind: kind))
    #expect(try Text.ChatTemplate.detect(directory: folder) == template)
    let (before, after) = (try settings(tokenizer), try settings(folder))
    #expect(before["chat_template"] != nil && after["chat_template"] == nil)
    #expect(Set(after.keys).union(["chat_template"]) == Set(before.keys))
  }

  @Test(arguments: ["chat_template=chatml", "chat_template=auto", "chat_template=plain"])
  func `the tokenizer's own template stays as it is`(override: String) throws {
    let (folder, _) = try exported([override])
    #expect(!FileManager.default.fileExists(atPath: folder + "/chat_template.jinja"))
    let (before, after) = (try settings(tokenizer), try settings(folder))
    #expect(before["chat_template"] as? String == after["chat_template"] as? String)
  }

  @Test func `a template that was taken for want of one is told of, and exported`() throws {
    let path = tokenizer + "/tokenizer_config.json"
    let json = try Data(contentsOf: URL(filePath: path))
    try Data(Text.ChatTemplate.removed(from: Array(json), file: path)).write(to: URL(filePath: path))
    let setting = "chat_template in the recipe"
    let loaded = try ModelAssembly.build(world.recipe(["chat_template=auto"]))
    #expect(
      loaded.assumedTemplate(setting: setting)
        == "no chat template in \(tokenizer): vicuna_v1 is used; \(setting) sets another")
    #expect(try ModelAssembly.build(world.recipe()).assumedTemplate(setting: setting) == nil)
    let (folder, template) = try exported(["chat_template=auto"])
    #expect(template.kind == .vicuna)
    #expect(try LoadedModel.load(directory: folder).template == template)
    #expect(try LoadedModel.load(directory: folder).assumedTemplate(setting: setting) == nil)
  }

  @Test func `a template that is not known stands in nobody's way who names another`() throws {
    let (folder, _) = try exported([])
    try Data("[INST]".utf8).write(to: URL(filePath: folder + "/chat_template.jinja"))
    #expect(throws: TextError.self) { try LoadedModel.load(directory: folder) }
    let named = Text.ChatTemplate(kind: .chatml)
    #expect(try RunLoader.model(at: folder, template: named) { _ in }.template == named)
    let model = "model={path: \(folder)}"
    #expect(throws: TextError.self) { try ModelAssembly.build(world.recipe([model, "chat_template=auto"])) }
    #expect(try ModelAssembly.build(world.recipe([model])).template == named)
  }
}
