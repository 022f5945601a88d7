/// What is wrong with a data file that is used nevertheless.
public enum DatasetWarning: Equatable, Sendable {
  /// It ends in the middle of its data; so many samples stand before the cut, which is in the entry at `line`.
  case cutOff(path: String, line: Int, samples: Int)
}

extension DatasetWarning: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cutOff(let path, let line, let samples):
      "\(path):\(line): the file ends in the middle of its data, after \(samples) \(samples == 1 ? "sample" : "samples"), "
        + "as a broken download does; get it again if there should be more"
    }
  }
}
