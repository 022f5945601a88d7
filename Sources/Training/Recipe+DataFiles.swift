import Datasets
import Foundation
import Recipes
import Text

extension Recipe {
  /// The data files of `sources`, which the recipe lists under `key`.
  ///
  /// - Throws: `TrainingError.missingData`, which says where the recipe names the file; other `DatasetError`s as they are.
  func open(_ sources: [DataSource], under key: String) throws -> [LlavaDataset] {
    try sources.map { source in
      do throws(DatasetError) {
        return try LlavaDataset(
          name: source.name, path: source.path, imageDirectory: source.images, limit: source.maxSamples)
      } catch {
        guard case .missing = error else { throw error }
        throw missing(source, under: key)
      }
    }
  }

  /// Whether all data files, folders of pictures and models are there, without a look into them.
  /// - Throws: `TrainingError.missingData` or `.missingFolder`.
  public func checkFiles() throws {
    for (sources, key) in [(data, "data"), (evaluation.data, "evaluation.data")] {
      for source in sources {
        if !FileManager.default.fileExists(atPath: source.path) { throw missing(source, under: key) }
        if let images = source.images { try checkFolder(images, "\(key).\(source.name).images") }
      }
    }
    switch model.weights {
    case .path(let directory): try checkModel(directory, "model.path")
    case .parts(let parts):
      if case .path(let directory) = parts.vision { try checkModel(directory, "model.vision.path") }
      if case .path(let directory) = parts.connector { try checkFolder(directory, "model.connector.path") }
      if case .path(let directory) = parts.language { try checkModel(directory, "model.language.path") }
    }
    // Where it is written, or what it comes with.
    let keys = ["model.tokenizer", "model.language.tokenizer", "model.language.path", "model.path"]
    let key = keys.first { place(of: $0) != nil } ?? keys[0]
    try checkFile(Tokenizer.file(at: model.tokenizer), key)
  }

  private func checkModel(_ directory: String, _ key: String) throws { try checkFile(directory + "/config.json", key) }

  private func checkFile(_ path: String, _ key: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw TrainingError.missingData(path: path, key: key, place: place(of: key))
    }
  }

  private func checkFolder(_ path: String, _ key: String) throws {
    guard Files.isDirectory(path) else {
      throw TrainingError.missingFolder(path: path, key: key, place: place(of: key))
    }
  }

  private func missing(_ source: DataSource, under key: String) -> TrainingError {
    let setting = "\(key).\(source.name).path"
    return .missingData(path: source.path, key: setting, place: place(of: setting))
  }
}
