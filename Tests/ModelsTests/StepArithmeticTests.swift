import Foundation
import Models
import Testing

/// One layer of everything, with sizes that are all different.
private let small = """
  {"model_type": "llava", "image_token_index": 9, "vision_feature_layer": -1, "vision_feature_select_strategy": "full",
   "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 4, "intermediate_size": 5,
     "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 6, "patch_size": 3},
   "text_config": {"model_type": "llama", "hidden_size": 6, "intermediate_size": 7, "num_hidden_layers": 1,
     "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4, "vocab_size": 11, "tie_word_embeddings": true}}
  """

private func configuration(_ json: String) throws -> ModelConfiguration {
  try ModelConfiguration(json: Data(json.utf8), path: "test")
}

@Test func `the count of one layer of each part is that done by hand`() throws {
  // Eight tokens, four of them one image; rows 5 and 6 are compared with labels.
  let sample = SampleExtent(length: 8, supervisedRows: [5, 6], images: 1)
  let stage1 = StepArithmetic(configuration: try configuration(small), samples: [sample], trained: .connector)
  // Patches 4·4·27; q, k, v, out 4·(4·4·4); scores and sums 4·4·4 each; perceptron 2·(4·4·5).
  let vision: Double = 2 * (4 * 4 * 27 + 4 * 64 + 2 * 64 + 2 * 80)
  let (linear1, linear2): (Double, Double) = (2 * 4 * 4 * 6, 2 * 4 * 6 * 6)
  // Keys and values of seven rows; queries, output, three maps of the perceptron of two; 6 + 7 keys seen.
  let decoder: Double = 2 * (2 * 7 * 6 * 4 + 2 * 2 * 6 * 8 + 3 * 2 * 6 * 7)
  let attention: Double = 4 * 13 * 8
  let head: Double = 2 * 2 * 6 * 11
  #expect(stage1.forward == vision + linear1 + linear2 + decoder + attention + head)
  #expect(stage1.inputGradients == linear2 + decoder + 2 * attention + head)
  #expect(stage1.weightGradients == linear1 + linear2)

  let everything = StepArithmetic(
    configuration: try configuration(small), samples: [sample], trained: [.connector, .language, .embeddings],
    lastLayer: .allPositions)
  let all: Double = 2 * (2 * 8 * 6 * 4 + 2 * 8 * 6 * 8 + 3 * 8 * 6 * 7)
  let allSeen: Double = 4 * 36 * 8
  #expect(everything.forward == vision + linear1 + linear2 + all + allSeen + head)
  #expect(everything.inputGradients == linear2 + all + 2 * allSeen + head)
  #expect(everything.weightGradients == linear1 + linear2 + all + head)
  #expect(everything.total == everything.forward + everything.inputGradients + everything.weightGradients)
}

@Test func `a pixel shuffle widens the rows it joins, and a linear connector is one product`() throws {
  let sample = SampleExtent(length: 5, supervisedRows: [3], images: 2)
  func connector(_ setting: String) throws -> StepArithmetic {
    let text = small.replacing("\"image_token", with: "\"connector\": \(setting), \"image_token")
    return StepArithmetic(configuration: try configuration(text), samples: [sample], trained: .connector)
  }
  let two = try connector(#"{"kind": "mlp2x_gelu"}"#)
  let one = try connector(#"{"kind": "linear"}"#)
  // Eight tokens of two images.
  #expect(two.forward - one.forward == 2 * 8 * 6 * 6)
  #expect(one.weightGradients == 2 * 8 * 4 * 6)
  let shuffled = try connector(#"{"kind": "pixel_shuffle_mlp", "factor": 2}"#)
  // Two tokens, each of 4·4 channels; the norm before them trains too.
  #expect(shuffled.weightGradients == 2 * 2 * 16 * 6 + 2 * 2 * 6 * 6)
  #expect(shuffled.inputGradients - one.inputGradients == 2 * 2 * 16 * 6 + 2 * 2 * 6 * 6)
}

@Test func `what no label depends on does not count`() throws {
  let model = try configuration(small)
  let unsupervised = SampleExtent(length: 8, supervisedRows: [], images: 1)
  for lastLayer in [StepArithmetic.LastLayer.supervisedPositions, .allPositions] {
    let nothing = StepArithmetic(
      configuration: model, samples: [unsupervised], trained: .connector, lastLayer: lastLayer)
    #expect(nothing.total == 0)
  }
  let text = SampleExtent(length: 6, supervisedRows: [4], images: 0)
  let alone = StepArithmetic(configuration: model, samples: [text], trained: .connector)
  #expect(alone.forward > 0 && alone.inputGradients == 0 && alone.weightGradients == 0)
  let longer = SampleExtent(length: 9, supervisedRows: [4], images: 0)
  #expect(StepArithmetic(configuration: model, samples: [longer], trained: .connector) == alone)
}

@Test func `the extents of a packed batch are those of its samples`() throws {
  let model = try configuration(small)
  let input = ModelInput(
    tokens: [1, 9, 9, 9, 9, 2, 3, 4] + [5, 6, 7] + [9, 9, 9, 9, 1, 9, 9, 9, 9, 2],
    starts: [0, 8, 11, 21],
    labels: [-100, -100, -100, -100, -100, -100, 3, 4] + [5, -100, -100]
      + [-100, -100, -100, -100, 1, -100, -100, -100, -100, -100],
    pixels: nil)
  #expect(
    input.extents(model) == [
      SampleExtent(length: 8, supervisedRows: [5, 6], images: 1),
      SampleExtent(length: 3, supervisedRows: [], images: 0),
      // The second image comes behind all that is supervised.
      SampleExtent(length: 10, supervisedRows: [3], images: 1),
    ])
}

/// The peer's benchmark model: make_bench_model.py --size bench.
private let bench = """
  {"model_type": "llava", "image_token_index": 31999, "vision_feature_layer": -1,
   "vision_feature_select_strategy": "full",
   "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 384, "intermediate_size": 1536,
     "num_hidden_layers": 8, "num_attention_heads": 6, "image_size": 224, "patch_size": 16},
   "text_config": {"model_type": "qwen2", "hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 8,
     "num_attention_heads": 8, "num_key_value_heads": 2, "vocab_size": 32000, "tie_word_embeddings": true}}
  """

@Test func `the benchmark step needs 183.5 GFLOP, and 199.1 with the whole last layer`() throws {
  let model = try configuration(bench)
  let samples = [SampleExtent](
    repeating: SampleExtent(length: 256, supervisedRows: Array(209..<255), images: 1), count: 4)
  let stage2: TrainedParts = [.connector, .language, .embeddings]
  func total(_ trained: TrainedParts, _ lastLayer: StepArithmetic.LastLayer) -> Double {
    StepArithmetic(configuration: model, samples: samples, trained: trained, lastLayer: lastLayer).total
  }
  #expect(total(stage2, .supervisedPositions) == 183_495_991_296)
  #expect(total(stage2, .allPositions) == 199_128_514_560)
  #expect(total(.connector, .supervisedPositions) == 133_088_845_824)
}

@Test(arguments: ["siglip-qwen2", "clip-llama"])
func `the count equals what PyTorch's autograd finds to be needed`(name: String) throws {
  let reference = try Reference(name)
  let path = try #require(Bundle.module.path(forResource: "Golden/arithmetic", ofType: "json"))
  let golden = try JSONDecoder().decode(
    [String: [String: [String: Double]]].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  let parts: [String: TrainedParts] = [
    "stage1": .connector, "stage2": [.connector, .language, .embeddings, .head], "vision": .vision,
    "language": .language, "embeddings": .embeddings, "head": .head,
    "all": [.vision, .connector, .language, .embeddings, .head],
  ]
  var input = reference.input
  for place in input.labels.indices.suffix(3) { input.labels[place] = -100 }
  let cases = try #require(golden[name])
  #expect(cases.count >= 6)
  for (trained, expected) in cases {
    let count = StepArithmetic(
      configuration: reference.model.configuration, samples: input.extents(reference.model.configuration),
      trained: try #require(parts[trained]))
    #expect(count.forward == expected["forward"], "\(trained)")
    #expect(count.inputGradients == expected["input_gradients"], "\(trained)")
    #expect(count.weightGradients == expected["weight_gradients"], "\(trained)")
  }
}
