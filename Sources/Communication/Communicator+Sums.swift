extension Communicator {
  /// Replaces `values` by their sum over all ranks, added in rank order: the same bits on every rank.
  /// (Not the same bits for another number of ranks: that is what `GradientReducer` is for.)
  public func allReduceSum(_ values: inout [Double]) throws(CommunicationError) {
    var bits = values.map { Int64(bitPattern: $0.bitPattern) }
    try reduceAtRankZero(&bits) { sum, value in
      let total = Double(bitPattern: UInt64(bitPattern: sum)) + Double(bitPattern: UInt64(bitPattern: value))
      return Int64(bitPattern: total.bitPattern)
    }
    values = bits.map { Double(bitPattern: UInt64(bitPattern: $0)) }
  }

  /// Replaces `values` by their sum over all ranks. It wraps around where it does not fit.
  public func allReduceSum(_ values: inout [Int64]) throws(CommunicationError) {
    try reduceAtRankZero(&values) { $0 &+ $1 }
  }

  /// The largest `value` that any rank passed: how ranks agree to stop when one of them was told to.
  public func allAgree(max value: Int) throws(CommunicationError) -> Int {
    var values = [Int64(value)]
    try reduceAtRankZero(&values) { max($0, $1) }
    return Int(values[0])
  }

  private func reduceAtRankZero(
    _ values: inout [Int64], _ combine: (Int64, Int64) -> Int64
  ) throws(CommunicationError) {
    guard size > 1 else { return }
    try FlightRecorder.shared.operation("all-reduce", bytes: values.count * 8) { () throws(CommunicationError) in
      let gathered = try gather(values.flatMap { littleEndianBytes(of: Int($0)) }, to: 0)
      for (from, bytes) in gathered.enumerated().dropFirst() {
        guard bytes.count == values.count * 8 else {
          throw .messageLength(
            rank: rank, from: from, tag: CollectiveTag.gather, expected: values.count * 8, found: bytes.count)
        }
        for index in values.indices {
          values[index] = combine(values[index], Int64(integer(at: index * 8, of: bytes)))
        }
      }
      var bytes = values.flatMap { littleEndianBytes(of: Int($0)) }
      try broadcast(&bytes, from: 0)
      values = values.indices.map { Int64(integer(at: $0 * 8, of: bytes)) }
    }
  }
}
