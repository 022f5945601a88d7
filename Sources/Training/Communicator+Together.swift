import Communication

extension Communicator {
  /// Collective. Runs `body` on every rank and lets all of them fail if one does, so that nobody waits for a rank that
  /// gave up. The first of the ranks that failed throws its own error, all others `TrainingError.otherRankFailed`: one
  /// fault is told once, even if every rank has it.
  func together<Value>(_ body: () throws -> Value) throws -> Value {
    let result = Result(catching: body)
    var failed = 0
    if case .failure = result { failed = size - rank }
    let first = size - (try allAgree(max: failed))
    guard first < size else { return try result.get() }
    if first == rank { return try result.get() }
    throw TrainingError.otherRankFailed
  }
}
