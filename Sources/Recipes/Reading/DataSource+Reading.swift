extension DataSource {
  /// The sources under the names that the user gave them.
  static func readAll(_ sources: MappingReader) -> [DataSource] {
    sources.named.compactMap { name, value in
      guard let source = value.mapping("{format: llava, path: ...}") else { return nil }
      return read(source, name: name)
    }
  }

  private static func read(_ source: MappingReader, name: String) -> DataSource? {
    defer { source.finish() }
    let format = source.choice("format", default: DataFormat.llava)
    let path = source.required("path", example: "path: \(name).json")
    let images = source.optional("images")?.path()
    let alpha = source.choice("alpha", default: AlphaHandling.auto)
    let maxSamples = source.optional("max_samples")?.integer(in: 1...Int.max)
    guard let path = path?.path() else { return nil }
    return DataSource(
      name: name, format: format, path: path, images: images, alpha: alpha, maxSamples: maxSamples)
  }
}
