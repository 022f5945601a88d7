import Foundation
import Layers
import Models
import Pretrained
import Tensors
import Testing

/// What files in the world's spellings of config.json come to; the expected values are those of transformers 5.24.
struct ConfigurationFileTests {
  private func theta(_ keys: String) throws -> Double {
    let json = #"{"model_type": "llama", \#(keys)}"#
    return try ModelConfiguration(json: Data(json.utf8), path: "config.json").language.rope.theta
  }

  @Test(arguments: [
    (#""hidden_size": 64"#, 1e4),
    (#""rope_theta": 1e6"#, 1e6),
    (#""rope_theta": 1e6, "rope_scaling": null"#, 1e6),
    (#""rope_theta": 1e6, "rope_parameters": null"#, 1e6),
    (#""rope_theta": 1e6, "rope_scaling": {"type": "linear", "factor": 2}"#, 1e6),
    (#""rope_theta": 1e6, "rope_scaling": {"type": "linear", "factor": 2, "rope_theta": 5e5}"#, 5e5),
    (#""rope_theta": 1e6, "rope_parameters": {"rope_type": "default"}"#, 1e6),
    (#""rope_theta": 1e6, "rope_parameters": {"rope_type": "default", "rope_theta": 5e5}"#, 5e5),
    (#""rope_parameters": {"rope_type": "default", "rope_theta": 5e5}"#, 5e5),
  ])
  func `the base frequency is found inside and beside rope_parameters`(keys: String, expected: Double) throws {
    #expect(try theta(keys) == expected)
  }

  @Test(arguments: [
    ("rope_theta", "0.0 is not from", #""rope_theta": 0"#), ("rope_theta", "-10000", #""rope_theta": -1e4"#),
    ("factor", "0.0 is not from", #""rope_theta": 1e4, "rope_type": "linear", "factor": 0"#),
    ("factor", "1e-300", #""rope_theta": 1e4, "rope_type": "linear", "factor": 1e-300"#),
    ("high_freq_factor", "above", #""rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4"#),
    (
      "original_max_position_embeddings", "0.0 is not",
      #""rope_type": "llama3", "original_max_position_embeddings": 0"#
    ),
  ])
  func `positions whose frequencies would be no numbers are refused`(key: String, reason: String, keys: String) {
    do {
      _ = try theta("\"rope_parameters\": {\(keys)}")
      Issue.record("\(keys) was taken")
    } catch ModelError.setting(_, let found, let why) {
      #expect(found == "rope_parameters." + key && why.contains(reason), "\(why)")
    } catch {
      Issue.record("\(error)")
    }
  }

  private func golden(_ name: String) throws -> String {
    try #require(Bundle.module.path(forResource: "Golden/\(name)", ofType: nil))
  }

  /// The config.json of a golden model with some of its text replaced.
  private func json(_ name: String, replacing edits: KeyValuePairs<String, String>) throws -> Data {
    var text = try String(contentsOfFile: golden(name) + "/config.json", encoding: .utf8)
    for (old, new) in edits {
      try #require(text.contains(old))
      text = text.replacing(old, with: new)
    }
    return Data(text.utf8)
  }

  @Test func `a selection of features that nobody knows is refused`() throws {
    let key = "vision_feature_select_strategy"
    for (value, dropsFirstRow) in [("\"default\"", true), ("null", true), ("\"full\"", false)] {
      let json = try json("clip-llama", replacing: ["\"\(key)\": \"default\"": "\"\(key)\": \(value)"])
      #expect(try ModelConfiguration(json: json, path: "c").dropsFirstRow == dropsFirstRow)
    }
    let json = try json("clip-llama", replacing: ["\"\(key)\": \"default\"": "\"\(key)\": \"patch\""])
    let expected = ModelError.unsupported(path: "c", key: key, value: "patch", supported: ["default", "full"])
    #expect(throws: expected) { try ModelConfiguration(json: json, path: "c") }
  }

  /// A golden model whose outer and inner `tie_word_embeddings` contradict each other.
  private func contradiction(_ name: String, inner: Bool) throws -> VisionLanguageModel {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tied-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: golden(name) + "/model.safetensors", toPath: directory + "/model.safetensors")
    let config = try String(contentsOfFile: golden(name) + "/config.json", encoding: .utf8)
    var object = try #require(JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any])
    var text = try #require(object["text_config"] as? [String: Any])
    text["tie_word_embeddings"] = inner
    object["text_config"] = text
    object["tie_word_embeddings"] = !inner
    try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: directory + "/config.json"))
    return try VisionLanguageModel.load(directory: directory)
  }

  @Test func `where the keys contradict each other a head that is not there is the embedding`() throws {
    let tied = try contradiction("siglip-qwen2", inner: true)
    #expect(tied.configuration.language.tieWordEmbeddings)
    #expect(tied.language.head === tied.language.embedding.weight)
    let own = try contradiction("clip-llama", inner: true)
    #expect(!own.configuration.language.tieWordEmbeddings)
    #expect(own.language.head === own.store["language_model.lm_head.weight"])
  }

  @Test func `a tied head may be in the files a second time, if it is the embedding to the bit`() throws {
    let reference = try Reference("siglip-qwen2").model
    var tensors = Dictionary(uniqueKeysWithValues: reference.store.parameters.map { ($0.name, $0.value) })
    func build() throws -> VisionLanguageModel {
      let source = DictionarySource(tensors, description: "dir")
      return try VisionLanguageModel(
        configuration: reference.configuration, store: ParameterStore(sources: [(prefix: "", source: source)]))
    }
    let (name, embedding) = ("language_model.lm_head.weight", reference.language.embedding.weight)
    tensors[name] = Tensor(embedding.value.array, shape: embedding.shape)
    let model = try build()
    #expect(model.language.head === model.language.embedding.weight && model.store[name] == nil)

    var values = embedding.value.array
    values[values.count - 1] = values[values.count - 1].nextUp
    tensors[name] = Tensor(values, shape: embedding.shape)
    let error = #expect(throws: ParameterError.self) { try build() }
    #expect(error == .notTied(name: name, to: embedding.name, source: "dir"))
    #expect(
      error?.description == """
        dir: config.json ties "\(name)" to "\(embedding.name)" (tie_word_embeddings), but the files hold different values \
        for them; set tie_word_embeddings to false there, also in text_config, or take the config.json of these weights
        """)
    let other = embedding.shape.reversed() + []
    tensors[name] = embedding.value.reshaped(other)
    #expect(throws: ParameterError.shape(name: name, expected: embedding.shape, found: other, source: "dir")) {
      try build()
    }
  }
}
