import Datasets
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
        guard case .missing(let path) = error else { throw error }
        let setting = "\(key).\(source.name).path"
        throw TrainingError.missingData(path: path, key: setting, place: place(of: setting))
      }
    }
  }
}
