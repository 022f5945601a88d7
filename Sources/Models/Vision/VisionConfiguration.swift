import Kernels

/// `vision_config`: CLIPVisionConfig and SiglipVisionConfig of transformers, with their defaults.
public struct VisionConfiguration: Sendable, Equatable, Codable {
  public enum Kind: String, Sendable, Codable {
    case clip = "clip_vision_model"
    case siglip = "siglip_vision_model"
  }

  public var modelType: Kind
  public var hiddenSize: Int
  public var intermediateSize: Int
  public var numHiddenLayers: Int
  public var numAttentionHeads: Int
  public var numChannels: Int
  /// Side of the square input in pixels.
  public var imageSize: Int
  /// Side of a patch in pixels.
  public var patchSize: Int
  public var hiddenAct: Activation
  public var layerNormEps: Float
  /// SigLIP's pooling head, carried along but not used by a vision-language model.
  public var visionUseHead: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case modelType = "model_type"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case numChannels = "num_channels"
    case imageSize = "image_size"
    case patchSize = "patch_size"
    case hiddenAct = "hidden_act"
    case layerNormEps = "layer_norm_eps"
    case visionUseHead = "vision_use_head"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try values.decodeIfPresent(Kind.self, forKey: .modelType) ?? .siglip
    let clip = kind == .clip
    modelType = kind
    hiddenSize = try values.decodeIfPresent(Int.self, forKey: .hiddenSize) ?? 768
    intermediateSize = try values.decodeIfPresent(Int.self, forKey: .intermediateSize) ?? 3072
    numHiddenLayers = try values.decodeIfPresent(Int.self, forKey: .numHiddenLayers) ?? 12
    numAttentionHeads = try values.decodeIfPresent(Int.self, forKey: .numAttentionHeads) ?? 12
    numChannels = try values.decodeIfPresent(Int.self, forKey: .numChannels) ?? 3
    imageSize = try values.decodeIfPresent(Int.self, forKey: .imageSize) ?? 224
    patchSize = try values.decodeIfPresent(Int.self, forKey: .patchSize) ?? (clip ? 32 : 16)
    hiddenAct = try values.decodeIfPresent(Activation.self, forKey: .hiddenAct) ?? (clip ? .quickGelu : .geluTanh)
    layerNormEps = try values.decodeIfPresent(Float.self, forKey: .layerNormEps) ?? (clip ? 1e-5 : 1e-6)
    visionUseHead = try values.decodeIfPresent(Bool.self, forKey: .visionUseHead) ?? true
  }

  /// Patches along a side.
  public var gridSide: Int { imageSize / patchSize }
  public var patches: Int { gridSide * gridSide }
  /// Rows of an encoder layer for one image: CLIP has a class token before the patches.
  public var rows: Int { patches + (modelType == .clip ? 1 : 0) }

  /// How many layers run for the features of `featureLayer`, counted as transformers counts `hidden_states`.
  func layersUsed(featureLayer: Int) -> Int { featureLayer >= 0 ? featureLayer : numHiddenLayers + 1 + featureLayer }
}
