import Foundation
import Kernels

extension ModelConfiguration {
  /// Reads config.json. `path` is for messages. `hasHead`: whether the files hold an output matrix; asked where the keys
  /// contradict each other about tying it.
  public init(json: Data, path: String, hasHead: () -> Bool = { true }) throws(ModelError) {
    do {
      let head = try JSONDecoder().decode(Head.self, from: json)
      switch head.modelType {
      case "llava":
        let file = try JSONDecoder().decode(LlavaFile.self, from: json)
        var language = file.text
        // LlavaConfig's own key wins, but a head that is not there can only be the embedding: so transformers ties.
        if let tied = file.tied { language.tieWordEmbeddings = tied || (language.tieWordEmbeddings && !hasHead()) }
        let select = file.select ?? "default"
        guard ["default", "full"].contains(select) else {
          throw ModelError.unsupported(
            path: path, key: "vision_feature_select_strategy", value: select, supported: ["default", "full"])
        }
        self.init(
          vision: file.vision,
          connector: file.connector
            ?? ConnectorConfiguration(
              kind: .mlp, activation: file.projectorAct ?? .gelu, bias: file.projectorBias ?? true),
          language: language, imageToken: file.imageToken ?? file.imageTokenOlder ?? 32_000,
          featureLayer: file.featureLayer ?? -2, dropsFirstRow: select == "default")
      case "llama", "qwen2":
        self.init(
          vision: nil, connector: ConnectorConfiguration(kind: .mlp),
          language: try JSONDecoder().decode(LanguageConfiguration.self, from: json), imageToken: -1, featureLayer: -1,
          dropsFirstRow: false)
      case let other:
        throw ModelError.unsupported(
          path: path, key: "model_type", value: other ?? "missing", supported: ["llava", "llama", "qwen2"])
      }
    } catch let error as ModelError {
      throw error
    } catch {
      throw ModelError.configuration(path: path, reason: Self.reason(error))
    }
    try validate(path: path)
  }

  /// Whether a config.json is that of a whole vision-language model.
  public static func isWhole(json: Data) -> Bool {
    (try? JSONDecoder().decode(Head.self, from: json))?.modelType == "llava"
  }

  /// config.json as transformers reads it. A connector that LlavaForConditionalGeneration does not have is written under
  /// a key of our own.
  public func json() throws(ModelError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      guard let vision else {
        return try encoder.encode(LanguageFile(language: language))
      }
      return try encoder.encode(
        LlavaFile(
          modelType: "llava", architectures: ["LlavaForConditionalGeneration"], vision: vision, text: language,
          connector: connector.kind == .mlp ? nil : connector, projectorAct: connector.activation,
          projectorBias: connector.bias, imageToken: imageToken, imageTokenOlder: imageToken,
          featureLayer: featureLayer, select: dropsFirstRow ? "default" : "full",
          sequenceLength: imageTokens, tied: language.tieWordEmbeddings, dtype: "float32"))
    } catch {
      throw .configuration(path: "config.json", reason: Self.reason(error))
    }
  }

  /// A configuration for one part, from the keys of a recipe's `new: {...}` or from the part's own config.json, where the
  /// keys may lie under `key` (a CLIP checkpoint has `vision_config` beside `text_config`).
  public static func part<T: Decodable>(_ type: T.Type, json: Data, key: String, path: String) throws(ModelError) -> T {
    do {
      if let nested = try JSONSerialization.jsonObject(with: json) as? [String: Any],
        var inner = nested[key] as? [String: Any]
      {
        // "siglip" and "clip" checkpoints leave the part's model_type to the reader.
        if inner["model_type"] == nil, let outer = nested["model_type"] as? String {
          inner["model_type"] = outer + "_vision_model"
        }
        return try JSONDecoder().decode(T.self, from: JSONSerialization.data(withJSONObject: inner))
      }
      return try JSONDecoder().decode(T.self, from: json)
    } catch {
      throw .configuration(path: path, reason: reason(error))
    }
  }

  /// Foundation's decoding errors in one sentence: which key, and what is wrong with it.
  static func reason(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let keys = context.codingPath.map(\.stringValue).joined(separator: ".")
      return keys.isEmpty ? context.debugDescription : "\(keys): \(context.debugDescription)"
    }
    switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.keyNotFound(_, let context), DecodingError.dataCorrupted(let context):
      return place(context)
    default: return "\(error)"
    }
  }
}

private struct Head: Decodable {
  let modelType: String?
  enum CodingKeys: String, CodingKey { case modelType = "model_type" }
}

/// The layout of a LlavaConfig file.
private struct LlavaFile: Codable {
  var modelType: String
  var architectures: [String]?
  var vision: VisionConfiguration
  var text: LanguageConfiguration
  var connector: ConnectorConfiguration?
  var projectorAct: Activation?
  var projectorBias: Bool?
  var imageToken: Int32?
  var imageTokenOlder: Int32?
  var featureLayer: Int?
  var select: String?
  var sequenceLength: Int?
  var tied: Bool?
  var dtype: String?

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case architectures
    case vision = "vision_config"
    case text = "text_config"
    case connector
    case projectorAct = "projector_hidden_act"
    case projectorBias = "multimodal_projector_bias"
    case imageToken = "image_token_id"
    case imageTokenOlder = "image_token_index"
    case featureLayer = "vision_feature_layer"
    case select = "vision_feature_select_strategy"
    case sequenceLength = "image_seq_length"
    case tied = "tie_word_embeddings"
    case dtype
  }
}

/// The layout of a LlamaConfig or Qwen2Config file: the language model's keys and the class name.
private struct LanguageFile: Encodable {
  let language: LanguageConfiguration
  enum CodingKeys: String, CodingKey { case architectures, dtype }

  func encode(to encoder: any Encoder) throws {
    try language.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(
      [language.modelType == .qwen2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM"], forKey: .architectures)
    try values.encode("float32", forKey: .dtype)
  }
}
