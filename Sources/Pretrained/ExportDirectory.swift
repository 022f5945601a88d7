import Checkpoints
import Foundation

/// The directory that a model is exported into. It holds one model: what else lies in it would be loaded with that one,
/// or instead of it.
public enum ExportDirectory {
  /// What the weights say of themselves: by this an export is known.
  static let metadata = ["format": "pt", "producer": "vlm-dist"]

  static let weights = "model.safetensors"

  /// What a loader may look at, beside the weights.
  private static let sideFiles = [
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
    "generation_config.json", "preprocessor_config.json", "processor_config.json", "model.safetensors.index.json",
  ]

  /// Refuses a directory with anything in it that is no earlier export.
  /// - Throws: `CheckpointError.occupied`.
  public static func check(_ path: String) throws(CheckpointError) {
    // What is no directory is told of when it is to be made.
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard let first = entries.filter({ !isRemains($0) }).min() else { return }
    guard let file = try? SafetensorsFile(path: path + "/" + weights), file.metadata == metadata else {
      throw .occupied(directory: path, entry: first)
    }
  }

  /// Makes the directory, or takes an earlier export's files out of it. Its weights stay until new ones take their place,
  /// so that it is known for an export if this one is broken off.
  static func prepare(_ path: String) throws(CheckpointError) {
    try check(path)
    try DurableFile.makeDirectories(path)
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in entries where sideFiles.contains(name) || isRemains(name) { try DurableFile.remove(path + "/" + name) }
  }

  /// A file that an export began and was stopped in.
  private static func isRemains(_ name: String) -> Bool { name.hasPrefix(weights + ".") && name.hasSuffix(".tmp") }
}
