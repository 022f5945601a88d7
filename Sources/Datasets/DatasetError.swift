import Media

/// What can be wrong with a data file or an entry of it.
public enum DatasetError: Error, Equatable {
  case missing(path: String)
  /// The system does not give the file's bytes: its `errno`.
  case cannotRead(path: String, errno: Int32)
  /// The file has fewer bytes than when it was opened.
  case shortened(path: String)
  /// Not data at all: empty, or an HTML page that a download left behind.
  case unreadable(path: String, found: String)
  /// One entry is not what it should be.
  case entry(path: String, line: Int, id: String?, reason: String)
  /// The demo data or a converted data set could not be written.
  case unwritable(path: String, reason: String)
}

extension DatasetError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path): "\(path): there is no such file; check the path"
    case .cannotRead(let path, let errno):
      // The same words as for a picture.
      "\(MediaError.unreadable(path: path, errno: errno))"
    case .shortened(let path): "\(path): the file has become shorter meanwhile; let nobody write into it"
    case .unreadable(let path, let found):
      "\(path): \(found); it should be LLaVA conversation data, a JSON array or one JSON object per line"
    case .entry(let path, let line, let id, let reason):
      "\(path):\(line): \(id.map { "sample \"\($0)\": " } ?? "")\(reason); mend or remove the entry"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason); free space or choose another place"
    }
  }
}
