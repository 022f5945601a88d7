/// A claim that did not hold on a rank.
struct Untrue: Error, CustomStringConvertible {
  let description: String
}

/// `#expect` for the threads of `LocalCommunicator.run`: there, Swift Testing does not know which test is running and
/// would let it pass. A claim that does not hold is thrown instead, and so reaches the test that started the ranks.
func claim(_ holds: Bool, _ what: @autoclosure () -> String = "", line: Int = #line, file: String = #fileID) throws {
  guard !holds else { return }
  throw Untrue(description: "\(file):\(line): not true \(what())")
}
