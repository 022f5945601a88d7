import Datasets
import Foundation
import Recipes

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

  /// Whether all data files are there, without a look into them.
  /// - Throws: `TrainingError.missingData`.
  public func checkDataFiles() throws {
    for (sources, key) in [(data, "data"), (evaluation.data, "evaluation.data")] {
      for source in sources where !FileManager.default.fileExists(atPath: source.path) {
        throw missing(source, under: key)
      }
    }
  }

  private func missing(_ source: DataSource, under key: String) -> TrainingError {
    let setting = "\(key).\(source.name).path"
    return .missingData(path: source.path, key: setting, place: place(of: setting))
  }
}
