import Foundation
import Models
import Pretrained
import Testing
import Text

@testable import Recipes
@testable import Training

/// Models that are written as Hugging Face directories, and taken up again whole or in parts.
struct ModelDirectoryTests {
  private let world: FeatureWorld
  private var directory: String { world.path + "/model" }

  init() throws { world = try FeatureWorld(pictures: 1) }

  /// A model of other initial values than the world's recipe draws, which lies in `directory` afterwards.
  private func export(_ overrides: [String] = []) throws -> LoadedModel {
    let loaded = try ModelAssembly.build(world.recipe(["seed=8", "model.language.new.vocab_size=500"] + overrides))
    try loaded.export(directory: directory, tokenizerFiles: nil)
    return loaded
  }

  private func build(_ overrides: String...) throws -> LoadedModel { try ModelAssembly.build(world.recipe(overrides)) }

  /// Whether two models have the same parameters, of those whose names begin with `part`, to the bit.
  private func agree(_ a: LoadedModel, _ b: LoadedModel, in part: String = "") -> Bool {
    let (one, other) = (a.model.store, b.model.store)
    let names = one.parameters.map(\.name).filter { $0.hasPrefix(part) }
    return names.sorted() == other.parameters.map(\.name).filter { $0.hasPrefix(part) }.sorted()
      && names.allSatisfy { name in one[name].map { $0.value.array == other[name]?.value.array } == true }
  }

  @discardableResult
  private func write(_ name: String, _ text: String) throws -> String {
    let file = URL(fileURLWithPath: world.path + "/" + name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.deletingLastPathComponent().path
  }

  private func object(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test(arguments: ["{kind: mlp2x_gelu}", "{kind: linear, bias: false}", "{kind: pixel_shuffle_mlp}"])
  func `a connector is taken from a whole model, with its kind and its weights`(new: String) throws {
    let exported = try export(["model.connector.new=\(new)"])
    let loaded = try build("model.connector={path: \(directory)}")
    #expect(loaded.model.configuration.connector == exported.model.configuration.connector)
    #expect(agree(loaded, exported, in: "multi_modal_projector."))
    let plain = try build("model.connector.new=\(new)")
    #expect(!agree(plain, exported, in: "multi_modal_projector."))
    #expect(agree(plain, loaded, in: "vision_tower."))
  }

  @Test func `a connector that is not there or does not fit is a fault of the recipe`() throws {
    _ = try export()
    let alone = try write("llama/config.json", #"{"model_type": "llama"}"#)
    for (overrides, expected) in [
      (
        ["model.connector={path: \(alone)}"],
        ": model.connector.path: \(alone) has no connector; give the directory of a LLaVA model"
      ),
      (
        ["model.connector={path: \(directory)}", "model.language.new.hidden_size=32"],
        ": model.connector.path: the connector in \(directory) leads from width 20 to 16, but vision "
          + "is 20 wide and language 32; give one that was trained with these parts"
      ),
      (["model.connector={path: \(directory)}", "model.vision.new.hidden_size=24"], "but vision is 24 wide"),
    ] {
      let error = #expect(throws: RecipeError.self) { try ModelAssembly.build(world.recipe(overrides)) }
      let text = error?.description ?? ""
      #expect(text.contains(expected), "\(text)")
    }
  }

  @Test func `each part may be taken from a whole model`() throws {
    let exported = try export()
    let parts = ["vision", "connector", "language"].map { "\($0): {path: \(directory)}" }.joined(separator: ", ")
    let loaded = try build("model={\(parts)}")
    #expect(loaded.model.configuration == exported.model.configuration)
    #expect(agree(loaded, exported))
    #expect(loaded.preprocessor == exported.preprocessor)
  }

  @Test func `a tokenizer that is named is the one that is used and exported`() throws {
    let exported = try export()
    let other = exported.tokenizer.addingTokens(["<other>"])
    let path = try write("other/tokenizer.json", String(decoding: other.json(), as: UTF8.self))
    try write("other/chat_template.jinja", "{{ '<|start_header_id|>user<|end_header_id|>' }}")
    let loaded = try build("model={path: \(directory), tokenizer: \(path)}", "chat_template=auto")
    #expect(loaded.tokenizer.id(of: "<other>") != nil)
    #expect(loaded.template.kind == .llama3)
    try loaded.export(directory: world.path + "/again", tokenizerFiles: path)
    #expect(try LoadedModel.load(directory: world.path + "/again").tokenizer.id(of: "<other>") != nil)
    #expect(throws: TextError.unreadable(path: world.path + "/none")) {
      try build("model={path: \(directory), tokenizer: \(world.path)/none}")
    }
  }

  @Test func `a recipe's template stands in for one that is not known`() throws {
    _ = try export()
    try write("model/chat_template.jinja", "{{ messages }}")
    #expect(try build("model={path: \(directory)}").template.kind == .chatml)
    #expect(throws: TextError.self) { try build("model={path: \(directory)}", "chat_template=auto") }
  }

  @Test func `a tokenizer with ids beyond the embedding is refused, one that fills it is not`() throws {
    let exported = try export()
    let free = 500 - exported.tokenizer.vocabularySize
    for (more, fits) in [(free, true), (free + 1, false)] {
      let tokenizer = exported.tokenizer.addingTokens((0..<more).map { "<\($0)>" })
      let path = try write("full/tokenizer.json", String(decoding: tokenizer.json(), as: UTF8.self))
      let load = { try build("model={path: \(directory), tokenizer: \(path)}") }
      if fits {
        #expect(try load().tokenizer.vocabularySize == 500)
      } else {
        let error = #expect(throws: ModelError.self) { try load() }
        #expect(
          error?.description == """
            \(path): the tokenizer's largest id is 500, but vocab_size is 500 in \(directory)/config.json, so ids end at \
            499; use the tokenizer of this model, or a model with an embedding for each of its tokens
            """)
      }
    }
  }

  @Test func `the image processor may lie in the processor's file`() throws {
    let exported = try export()
    let own = directory + "/preprocessor_config.json"
    let inner = try String(contentsOfFile: own, encoding: .utf8)
    try FileManager.default.removeItem(atPath: own)
    #expect(throws: ModelError.missing(path: own)) { try LoadedModel.load(directory: directory) }
    try write("model/processor_config.json", #"{"processor_class": "LlavaProcessor", "image_processor": \#(inner)}"#)
    #expect(try LoadedModel.load(directory: directory).preprocessor == exported.preprocessor)
  }

  @Test(arguments: [("patch", "default"), ("full", "full")])
  func `an export tells transformers' processor how many tokens a picture takes`(
    select: String, written: String
  ) throws {
    let exported = try export(["model.feature_select=\(select)"])
    let file = try object("processor_config.json")
    #expect(file["processor_class"] as? String == "LlavaProcessor")
    #expect(file["patch_size"] as? Int == 6)
    #expect(file["vision_feature_select_strategy"] as? String == written)
    #expect(file["image_token"] as? String == "<image>")
    #expect(file["num_additional_image_tokens"] as? Int == 1)
    #expect(exported.model.configuration.imageTokens == 16 + (select == "full" ? 1 : 0))
    _ = try export(["model.connector.new.kind=pixel_shuffle_mlp"])
    #expect(!FileManager.default.fileExists(atPath: directory + "/processor_config.json"))
  }
}
