import Foundation
import Kernels
import Layers
import Testing

@testable import Models

@Suite struct ModelSizeTests {
  private func language(_ keys: String) throws -> LanguageConfiguration {
    try ModelConfiguration.part(
      LanguageConfiguration.self,
      json: Data(
        (#"{"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3, "num_attention_heads": 4, "#
          + #""num_key_value_heads": 2, "head_dim": 6, "vocab_size": 50, "# + keys + "}").utf8), key: "", path: "test")
  }

  private func vision(_ keys: String) throws -> VisionConfiguration {
    try ModelConfiguration.part(
      VisionConfiguration.self,
      json: Data(
        (#"{"hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 2, "#
          + #""image_size": 24, "patch_size": 6, "# + keys + "}").utf8), key: "", path: "test")
  }

  @Test func `parameters are counted as the model asks for them`() throws {
    let languages = try [
      #""model_type": "llama", "tie_word_embeddings": true"#,
      #""model_type": "llama", "attention_bias": true, "mlp_bias": true"#,
      #""model_type": "qwen2", "tie_word_embeddings": false"#, #""model_type": "qwen2", "attention_bias": true"#,
    ].map(language)
    let towers = try [#""model_type": "clip_vision_model""#, #""model_type": "siglip_vision_model""#].map(vision)
    let connectors = [
      ConnectorConfiguration(kind: .mlp), ConnectorConfiguration(kind: .mlp, bias: false),
      ConnectorConfiguration(kind: .linear), ConnectorConfiguration(kind: .pixelShuffle, factor: 2),
    ]
    for language in languages {
      for tower in towers.map(Optional.some) + [nil] {
        for connector in connectors {
          let configuration = ModelConfiguration(
            vision: tower, connector: connector, language: language, imageToken: 1, featureLayer: -1,
            dropsFirstRow: tower?.modelType == .clip)
          let model = try VisionLanguageModel(configuration: configuration, store: ParameterStore(sources: []))
          let count = model.store.parameters.reduce(0) { $0 + $1.count }
          #expect(configuration.parameterCount == count, "\(configuration)")
        }
      }
    }
  }

  @Test func `sizes that multiply to more than an integer holds are counted all the same`() throws {
    var huge = try language(#""model_type": "llama""#)
    (huge.hiddenSize, huge.intermediateSize, huge.numHiddenLayers) = (1 << 24, 1 << 24, 1 << 24)
    let configuration = ModelConfiguration(
      vision: nil, connector: ConnectorConfiguration(kind: .mlp), language: huge, imageToken: -1, featureLayer: -1,
      dropsFirstRow: false)
    #expect(configuration.parameterCount == ModelConfiguration.mostParameters)
  }
}
