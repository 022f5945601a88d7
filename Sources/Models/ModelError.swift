/// What can be wrong with a model's configuration or with what it is fed.
public enum ModelError: Error, Equatable {
  /// A file of a model directory is not there.
  case missing(path: String)
  /// The file is not the JSON it should be.
  case configuration(path: String, reason: String)
  /// A value that does not go with the others, or with this program. `key`: as in config.json, `text_config.head_dim`.
  case setting(path: String, key: String, reason: String)
  /// An architecture, activation or option that this program does not compute.
  case unsupported(path: String, key: String, value: String, supported: [String])
  /// The image processor makes pictures of another size than the vision tower takes.
  case imageSize(path: String, width: Int, height: Int, expected: Int)
  /// The tokenizer has ids that the model has no embedding for. `configuration`: the file that says how many it has.
  case tokenizer(path: String, largestID: Int, configuration: String, vocabSize: Int)
  /// Image features and their placeholders in the text differ in number.
  case imageFeatures(sample: String, placeholders: Int, features: Int)
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): there is no such file; give the directory of a Hugging Face checkpoint"
    case .configuration(let path, let reason):
      "\(path): not a configuration that can be used: \(reason); it should be the config.json of a Hugging Face checkpoint"
    case .setting(let path, let key, let reason):
      "\(path): \(key): \(reason); correct it, or take the config.json that belongs to the weights"
    case .unsupported(let path, let key, let value, let supported):
      "\(path): \(key) is \"\(value)\", which is not supported; supported: \(supported.joined(separator: ", "))"
    case .imageSize(let path, let width, let height, let expected):
      "\(path): makes pictures of \(width)x\(height) pixels, but the vision tower takes \(expected)x\(expected); "
        + "use the file of the same checkpoint"
    case .tokenizer(let path, let largestID, let configuration, let vocabSize):
      "\(path): the tokenizer's largest id is \(largestID), but vocab_size is \(vocabSize) in \(configuration), so ids end at "
        + "\(vocabSize - 1); use the tokenizer of this model, or a model with an embedding for each of its tokens"
    case .imageFeatures(let sample, let placeholders, let features):
      "sample \(sample): \(placeholders) image placeholders in the text but \(features) image features; "
        + "check the number of images and the processor's image size"
    }
  }
}
