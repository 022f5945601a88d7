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
  /// last of them. Throws what that throws, and where the system does not let a file be read.
  public static func inspect(
    _ dataset: LlavaDataset, each: (_ done: Int, _ problem: String?) throws -> Void = { _, _ in }
  ) throws -> DatasetInspection {
    var result = DatasetInspection()
    for index in 0..<dataset.count {
      let problem = try result.add(index, of: dataset)
      if let problem { result.problems.append(problem) }
      try each(index + 1, problem)
    }
    return result
  }

  private mutating func add(_ index: Int, of dataset: LlavaDataset) throws -> String? {
    do {
      let sample = try Patience()({ try dataset.sample(index) })
      if let fault = try Self.firstFault(sample.images) {
        return "\(dataset.path):\(sample.line): sample \"\(sample.id)\": \(fault)"
      }
      usable += 1
      turns += sample.messages.count
      images += sample.images.count
      if sample.images.isEmpty { textOnly += 1 }
      return nil
    } catch let error where !isSystemFault(error) {
      return "\(error)"
    }
  }

  private static func firstFault(_ paths: [String]) throws -> (any Error)? {
    for path in paths {
      do {
        _ = try Patience()({ try ImageDecoder.decode(path: path) })
      } catch let error where !isSystemFault(error) { return error }
    }
    return nil
  }

  /// The counts in one line.
  public var summary: String {
    "\(usable) usable samples, \(turns) turns, \(images) pictures, \(textOnly) without a picture, \(problems.count) unusable"
  }
}
