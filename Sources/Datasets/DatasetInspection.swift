import Media

/// What a look at every sample of a data set found.
public struct DatasetInspection: Sendable, Equatable {
  public var samples = 0
  public var turns = 0
  public var images = 0
  public var textOnly = 0
  /// One sentence for each sample that cannot be used: file, line, id, what is wrong.
  public var problems: [String] = []

  /// Reads every entry and decodes every picture.
  public static func inspect(_ dataset: LlavaDataset) -> DatasetInspection {
    var result = DatasetInspection()
    for index in 0..<dataset.count {
      do {
        let sample = try dataset.sample(index)
        result.samples += 1
        result.turns += sample.messages.count
        result.images += sample.images.count
        if sample.images.isEmpty { result.textOnly += 1 }
        if let fault = firstFault(sample.images) {
          result.problems.append("\(dataset.path):\(sample.line): sample \"\(sample.id)\": \(fault)")
        }
      } catch {
        result.problems.append("\(error)")
      }
    }
    return result
  }

  private static func firstFault(_ paths: [String]) -> MediaError? {
    for path in paths {
      do { _ = try ImageDecoder.decode(path: path) } catch { return error }
    }
    return nil
  }

  /// The counts in one line.
  public var summary: String {
    "\(samples) samples, \(turns) turns, \(images) pictures, \(textOnly) without a picture, \(problems.count) unusable"
  }
}
