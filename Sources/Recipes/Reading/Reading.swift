/// What one reading of a recipe gathers. Readers go on after a problem, with a stand-in, so that one run names all.
final class Reading {
  private(set) var problems: [Problem] = []
  private(set) var places: [String: Place] = [:]
  /// What relative paths in the file start from; nil leaves them as they are.
  let folder: String?
  /// What relative paths in overrides start from: a shell completes them from where the user stands.
  let workingFolder: String?

  init(folder: String?, workingFolder: String?) {
    self.folder = folder
    self.workingFolder = workingFolder
  }

  func report(_ fault: Fault, about key: String, at place: Place) {
    report(Problem(place: place, key: key, fault: fault))
  }

  func report(_ problem: Problem) { problems.append(problem) }

  func note(_ place: Place, of key: String) { places[key] = place }

  /// All problems in the order of the text; those of overrides come last.
  var sortedProblems: [Problem] {
    let order = { (problem: Problem) -> (Int, Int) in
      guard case .file(_, let line, let column) = problem.place else { return (.max, .max) }
      return (line, column)
    }
    let numbered = problems.enumerated().map { (order($1), $0, $1) }
    return numbered.sorted { ($0.0.0, $0.0.1, $0.1) < ($1.0.0, $1.0.1, $1.1) }.map(\.2)
  }
}
