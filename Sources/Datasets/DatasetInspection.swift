import Media

/// What a look at every sample of a data set found. Only samples that can be used are counted.
public struct DatasetInspection: Sendable, Equatable {
  public var usable = 0
  public var turns = 0
  public var images = 0
  public var textOnly = 0
  /// One sentence for each sample that cannot be used: file, line, id, what is wrong.
  public var problems: [String] = []

  /// Reads every entry and decodes every picture. `each` is told how many entries are done and what is wrong with the
  /// last of them.
  public static func inspect(
    _ dataset: LlavaDataset, each: (_ done: Int, _ problem: String?) -> Void = { _, _ in }
  ) -> DatasetInspection {
    var result = DatasetInspection()
    for index in 0..<dataset.count {
      let problem = result.add(index, of: dataset)
      if let problem { result.problems.append(problem) }
      each(index + 1, problem)
    }
    return result
  }

  private mutating func add(_ index: Int, of dataset: LlavaDataset) -> String? {
    do {
      let sample = try dataset.sample(index)
      if let fault = Self.firstFault(sample.images) {
        return "\(dataset.path):\(sample.line): sample \"\(sample.id)\": \(fault)"
      }
      usable += 1
      turns += sample.messages.count
      images += sample.images.count
      if sample.images.isEmpty { textOnly += 1 }
      return nil
    } catch {
      return "\(error)"
    }
  }

  private static func firstFault(_ paths: [String]) -> MediaError? {
    for path in paths {
      do { _ = try ImageDecoder.decode(path: path) } catch { return error }
    }
    return nil
  }

  /// The counts in one line.
  public var summary: String {
    "\(usable) usable samples, \(turns) turns, \(images) pictures, \(textOnly) without a picture, \(problems.count) unusable"
  }
}
