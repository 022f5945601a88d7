/// What can be wrong between a model's configuration and the tensors it is built from.
public enum ParameterError: Error, Equatable {
  /// The source has no tensor of that name.
  case missing(name: String, source: String)
  /// The source's tensor has another shape than the configuration says.
  case shape(name: String, expected: [Int], found: [Int], source: String)
  /// The source has tensors that the model does not know.
  case unused(names: [String], source: String)
  /// The configuration ties two tensors, but the source has both, with different values.
  case notTied(name: String, to: String, source: String)
  /// The source could not be read.
  case unreadable(name: String, source: String, reason: String)
}

extension ParameterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let name, let source):
      "\(source): tensor \"\(name)\" is missing; check that config.json belongs to these weights"
    case .shape(let name, let expected, let found, let source):
      "\(source): tensor \"\(name)\" has shape \(found), config.json asks for \(expected); one of the two is of another model"
    case .unused(let names, let source):
      "\(source): \(names.count) tensors are not part of this model, the first is \"\(names.first ?? "")\"; "
        + "check the architecture in config.json"
    case .notTied(let name, let other, let source):
      "\(source): config.json ties \"\(name)\" to \"\(other)\" (tie_word_embeddings), but the files hold different values "
        + "for them; set tie_word_embeddings to false there, also in text_config, or take the config.json of these weights"
    case .unreadable(let name, let source, let reason):
      "\(source): tensor \"\(name)\" cannot be read: \(reason)"
    }
  }
}
