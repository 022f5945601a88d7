/// Adds partial sums up, block by block: operands and what comes between stay in the first-level cache, and memory sees
/// each operand once and each result once.
struct BlockedSum: Sendable {
  /// Floats added in one go.
  private static let block = 2048

  private let additions: [PartialSums.Addition]
  /// For each addition, the number of the result that is complete with it, if one is.
  private let completes: [Int?]
  /// The positions that are complete at the end.
  let results: [Int]
  private let scratch: FloatBuffer

  /// `inputs`: how many partial sums there are.
  init(_ additions: [PartialSums.Addition], inputs: Int, results: [Int]) {
    self.additions = additions
    self.results = results
    var completes: [Int?] = additions.map { _ in nil }
    for (number, position) in results.enumerated() {
      if let last = additions.lastIndex(where: { $0.target == position }) { completes[last] = number }
    }
    self.completes = completes
    scratch = FloatBuffer(count: additions.isEmpty ? 0 : inputs * Self.block)
  }

  /// - Parameters:
  ///   - inputs: the partial sums, each addressed like the flat buffer.
  ///   - outputs: for each of `results` where it goes, addressed in the same way; a partial sum's own place will do.
  func callAsFunction(
    _ range: Range<Int>, inputs: [UnsafeMutablePointer<Float>], outputs: [UnsafeMutablePointer<Float>]
  ) {
    var operands = inputs
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
      let count = min(Self.block, range.upperBound - start)
      for index in inputs.indices { operands[index] = inputs[index] + start }
      for (index, addition) in additions.enumerated() {
        let (left, right) = (operands[addition.target], operands[addition.source])
        let target = completes[index].map { outputs[$0] + start } ?? scratch.pointer + addition.target * Self.block
        if target == left {
          add(right, to: left, count: count)
        } else {
          add(left, right, into: target, count: count)
        }
        operands[addition.target] = target
      }
      for (result, output) in zip(results, outputs) where operands[result] != output + start {
        (output + start).update(from: operands[result], count: count)
      }
    }
  }
}
