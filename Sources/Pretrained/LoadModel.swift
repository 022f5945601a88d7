import Checkpoints
import Foundation
import Layers
import Models

extension ModelConfiguration {
  /// Reads the config.json of a Hugging Face directory.
  public init(directory: String) throws(ModelError) {
    let (json, path) = try Self.file(directory)
    try self.init(json: json, path: path) {
      let source = try? CheckpointSource(directory: directory, kind: .whole)
      return source.map { $0.shape(of: "language_model.lm_head.weight") != nil } ?? true
    }
  }

  /// The same, nil if the directory holds no whole vision-language model but, perhaps, a part of one.
  public static func whole(directory: String) throws(ModelError) -> ModelConfiguration? {
    try isWhole(json: file(directory).json) ? ModelConfiguration(directory: directory) : nil
  }

  private static func file(_ directory: String) throws(ModelError) -> (json: Data, path: String) {
    let path = directory + "/config.json"
    guard let json = FileManager.default.contents(atPath: path) else { throw .missing(path: path) }
    return (json, path)
  }
}

extension VisionLanguageModel {
  /// Loads a Hugging Face directory: config.json and safetensors.
  public static func load(directory: String) throws -> VisionLanguageModel {
    let configuration = try ModelConfiguration(directory: directory)
    let kind: CheckpointSource.Kind = configuration.vision == nil ? .language : .whole
    let source = try CheckpointSource(directory: directory, kind: kind)
    return try VisionLanguageModel(
      configuration: configuration, store: ParameterStore(sources: [(prefix: "", source: source)]))
  }

  /// Writes a directory that transformers loads: config.json and model.safetensors in single precision. It takes the
  /// place of an earlier export; a directory with anything else in it is refused.
  public func export(directory: String) throws {
    try ExportDirectory.prepare(directory)
    let language = configuration.vision == nil
    // A language model alone has no "language_model." before its names.
    let tensors = store.parameters.map {
      (name: language ? String($0.name.dropFirst("language_model.".count)) : $0.name, tensor: $0.value)
    }
    try SafetensorsWriter.write(
      tensors, metadata: ExportDirectory.metadata, to: directory + "/" + ExportDirectory.weights)
    try DurableFile.replace(directory + "/config.json", with: [UInt8](configuration.json()))
  }
}
