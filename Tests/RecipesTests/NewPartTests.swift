import Testing

@testable import Recipes

@Suite struct NewPartTests {
  private static let parts = """
    {vision: {new: {hidden_size: 64}}, connector: {new: {kind: linear}},
      language: {new: {hidden_size: 64}, tokenizer: tokens}}
    """

  @Test(arguments: [
    (
      "vision.new.hiden_size=64",
      "unknown key \"hiden_size\" in model.vision.new; did you mean \"hidden_size\"? known: "
    ),
    (
      "vision.new.num_hidden_layer=3",
      "unknown key \"num_hidden_layer\" in model.vision.new; did you mean \"num_hidden_"
    ),
    ("connector.new.factr=3", "unknown key \"factr\" in model.connector.new; did you mean \"factor\"? known: kind, "),
    (
      "connector.new.kind=linearr",
      "model.connector.new.kind: \"linearr\" is no choice; did you mean \"linear\"? "
        + "choose mlp2x_gelu, pixel_shuffle_mlp or linear"
    ),
    ("language.new.model_type=lama", "model.language.new.model_type: \"lama\" is no choice; did you mean \"llama\"?"),
    (
      "language.new.num_hidden_layers=abc",
      "model.language.new.num_hidden_layers: expected a whole number, found the text \"abc\""
    ),
    ("language.new.hidden_size=0", "model.language.new.hidden_size: 0 is out of range; it must be from 1 to 16777216"),
    ("language.new.tie_word_embeddings=1", "model.language.new.tie_word_embeddings: expected true or false, found the"),
    (
      "language.new.rms_norm_eps=1e300",
      "model.language.new.rms_norm_eps: 1e+300 is out of range; it must be at least 0"
    ),
    (
      "language.new.rope_scaling={facter: 2}", "unknown key \"facter\" in model.language.new.rope_scaling; did you mean"
    ),
    ("language.new.rope_parameters=7", "model.language.new.rope_parameters: expected a mapping with the keys of rope_"),
  ])
  func `a key or value that a new part cannot have is named with its place`(override: String, expected: String) {
    let lines = complaints(recipe("{path: llava}", Self.parts), ["model.\(override)"])
    #expect(lines.count == 1 && lines[0].hasPrefix("--set model.\(override): \(expected)"), "\(lines)")
  }

  @Test func `a misspelt key in the file is named with its line`() {
    let lines = complaints(
      recipe("{path: llava}", Self.parts.replacing("hidden_size: 64}, token", with: "siez: 64}, token")))
    #expect(
      lines.map { $0.hasPrefix("r.yaml:2:20: unknown key \"siez\" in model.language.new; ") } == [true], "\(lines)")
  }

  @Test func `what else stands in a config json of Hugging Face may be pasted, null included`() throws {
    let pasted =
      "{hidden_size: 64, architectures: [LlamaForCausalLM], torch_dtype: float32, bos_token_id: 1, "
      + "head_dim: null, rope_scaling: null, rope_theta: 10000.0, attention_dropout: 0.0}"
    let recipe = try parse(recipe("{path: llava}", Self.parts), ["model.language.new=\(pasted)"])
    guard case .parts(let parts) = recipe.model.weights, case .new(let keys) = parts.language else {
      Issue.record("\(recipe.model)")
      return
    }
    #expect(keys["hidden_size"] == .int(64) && keys["torch_dtype"] == .string("float32"))
  }

  @Test func `a refusal stands where its setting does, or what the setting belongs to`() throws {
    let recipe = try parse(recipe("{path: llava}", Self.parts), ["model.vision.new.image_size=32"])
    func words(_ key: String) -> String { recipe.refusal(of: key, .unusable("7 is odd")).description }
    #expect(
      words("model.vision.new.image_size")
        == "--set model.vision.new.image_size=32: model.vision.new.image_size: 7 is odd")
    #expect(words("model.connector.new.kind") == "r.yaml:1:67: model.connector.new.kind: 7 is odd")
    #expect(words("model.connector.new.factor") == "r.yaml:1:60: model.connector.new.factor: 7 is odd")
    #expect(words("stages[0].clip").hasPrefix("r.yaml:7:"))
    #expect(words("nowhere") == "r.yaml:1:1: nowhere: 7 is odd")
  }
}
