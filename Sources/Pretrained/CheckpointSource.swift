import Checkpoints
import Layers
import Models
import Tensors

/// The weights of a Hugging Face directory under the names our models use.
///
/// Those are the names under which transformers saves a LLaVA model. Older and newer versions, and checkpoints of one
/// part alone, spell the same tensors differently; the rules below are all the differences there are.
public struct CheckpointSource: TensorSource {
  /// Which model the files hold.
  public enum Kind: Sendable {
    case whole, vision, language
  }

  public let description: String
  private let files: ShardedSafetensors
  private let fileNames: [String: String]

  public init(directory: String, kind: Kind) throws(CheckpointError) {
    description = directory
    files = try ShardedSafetensors(directory: directory)
    var fileNames: [String: String] = [:]
    for name in files.names {
      if let known = Self.modelName(name, kind: kind) { fileNames[known] = name }
    }
    self.fileNames = fileNames
  }

  /// A part's weights: its own files, or those of a whole model, of which the part's names are to be taken.
  public init(directory: String, part: Kind) throws {
    try self.init(directory: directory, kind: ModelConfiguration.whole(directory: directory) == nil ? part : .whole)
  }

  public var names: [String] { Array(fileNames.keys) }

  public func shape(of name: String) -> [Int]? { fileNames[name].flatMap { files.entry($0)?.shape } }

  public func tensor(_ name: String) throws(ParameterError) -> Tensor {
    guard let fileName = fileNames[name] else { throw .missing(name: name, source: description) }
    do {
      return try files.tensor(fileName)
    } catch {
      throw .unreadable(name: name, source: description, reason: "\(error)")
    }
  }

  /// The name of a file's tensor in our models; nil for a tensor of another part (a CLIP file's text tower).
  static func modelName(_ name: String, kind: Kind) -> String? {
    switch kind {
    case .vision:
      let inner = dropping("vision_model.", from: name)
      return name.hasPrefix("vision_model.") || !isTextTower(name) ? "vision_tower." + inner : nil
    case .language:
      return "language_model." + name
    case .whole:
      let inner = dropping("model.", from: name)
      if inner.hasPrefix("vision_tower.") {
        return "vision_tower." + dropping("vision_model.", from: dropping("vision_tower.", from: inner))
      }
      if inner.hasPrefix("multi_modal_projector.") { return inner }
      if name.hasPrefix("model.language_model.") {
        return "language_model.model." + dropping("model.language_model.", from: name)
      }
      return name.hasPrefix("lm_head.") ? "language_model." + name : name
    }
  }

  private static func isTextTower(_ name: String) -> Bool {
    ["text_model.", "logit_", "text_projection", "visual_projection"].contains { name.hasPrefix($0) }
  }

  private static func dropping(_ prefix: String, from name: String) -> String {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }
}
