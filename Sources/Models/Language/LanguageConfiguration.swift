/// `text_config`: LlamaConfig and Qwen2Config of transformers, with their defaults.
public struct LanguageConfiguration: Sendable, Equatable, Codable {
  public enum Kind: String, Sendable, Codable {
    case llama, qwen2
  }

  public var modelType: Kind
  public var vocabSize: Int
  public var hiddenSize: Int
  public var intermediateSize: Int
  public var numHiddenLayers: Int
  public var numAttentionHeads: Int
  public var numKeyValueHeads: Int
  public var headDim: Int
  public var rmsNormEps: Float
  public var maxPositionEmbeddings: Int
  public var tieWordEmbeddings: Bool
  /// Llama: biases on all four attention maps. Qwen2 always has them on q, k and v alone.
  public var attentionBias: Bool
  public var mlpBias: Bool
  public var initializerRange: Float
  public var hiddenAct: String
  public var rope: RotaryConfiguration
  public var useSlidingWindow: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case modelType = "model_type"
    case vocabSize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case numKeyValueHeads = "num_key_value_heads"
    case headDim = "head_dim"
    case rmsNormEps = "rms_norm_eps"
    case maxPositionEmbeddings = "max_position_embeddings"
    case tieWordEmbeddings = "tie_word_embeddings"
    case attentionBias = "attention_bias"
    case mlpBias = "mlp_bias"
    case initializerRange = "initializer_range"
    case hiddenAct = "hidden_act"
    case rope = "rope_parameters"
    case useSlidingWindow = "use_sliding_window"
  }

  /// The spelling of transformers before 5: two keys where there is one now.
  private enum OlderKeys: String, CodingKey {
    case ropeTheta = "rope_theta"
    case ropeScaling = "rope_scaling"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<T: Decodable>(_ key: CodingKeys, _ fallback: T) throws -> T {
      try values.decodeIfPresent(T.self, forKey: key) ?? fallback
    }
    modelType = try value(.modelType, .llama)
    let qwen = modelType == .qwen2
    vocabSize = try value(.vocabSize, qwen ? 151_936 : 32_000)
    hiddenSize = try value(.hiddenSize, 4096)
    intermediateSize = try value(.intermediateSize, qwen ? 22_016 : 11_008)
    numHiddenLayers = try value(.numHiddenLayers, 32)
    numAttentionHeads = try value(.numAttentionHeads, 32)
    numKeyValueHeads = try value(.numKeyValueHeads, numAttentionHeads)
    headDim = try value(.headDim, hiddenSize / max(1, numAttentionHeads))
    rmsNormEps = try value(.rmsNormEps, 1e-6)
    maxPositionEmbeddings = try value(.maxPositionEmbeddings, qwen ? 32_768 : 2048)
    tieWordEmbeddings = try value(.tieWordEmbeddings, false)
    attentionBias = try value(.attentionBias, false)
    mlpBias = try value(.mlpBias, false)
    initializerRange = try value(.initializerRange, 0.02)
    hiddenAct = try value(.hiddenAct, "silu")
    useSlidingWindow = try value(.useSlidingWindow, false)
    let older = try decoder.container(keyedBy: OlderKeys.self)
    // A file may have both spellings at once; the inner frequency wins, as in transformers.
    let theta = try older.decodeIfPresent(Double.self, forKey: .ropeTheta) ?? RotaryConfiguration().theta
    if values.contains(.rope), try !values.decodeNil(forKey: .rope) {
      rope = try RotaryConfiguration(from: values.superDecoder(forKey: .rope), theta: theta)
    } else if older.contains(.ropeScaling), try !older.decodeNil(forKey: .ropeScaling) {
      rope = try RotaryConfiguration(from: older.superDecoder(forKey: .ropeScaling), theta: theta)
    } else {
      rope = RotaryConfiguration(theta: theta)
    }
  }
}
