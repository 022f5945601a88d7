import Communication

/// One line per case: the hash of the summed gradient, checked to be the same on every rank.
func printGradientHashes(_ communicator: any Communicator) throws {
  let cases: [(leaves: [Int], boundaries: [Int])] = [
    ([12, 12, 5], [0, 1000, 1000, 70_001, 100_003]),
    ([1, 2, 3, 24], [7777, 5000, 17, 0]),
    ([8], [0, 1]),
    ([6, 6], [0, 200_000, 2_300_000]),
  ]
  for (leaves, boundaries) in cases {
    let count = boundaries.max() ?? 0
    let reducer = try GradientReducer(
      communicator: communicator, floatCount: count, bucketBoundaries: boundaries, leaves: leaves[0])
    for (step, leafCount) in leaves.enumerated() {
      let hash = try hashOfStep(step, leaves: leafCount, buckets: boundaries.count - 1, reducer)
      let hashes = try communicator.allGather(withUnsafeBytes(of: hash) { Array($0) })
      expect(Set(hashes).count == 1, "all ranks have the same bits", communicator)
      say("\(count) floats, step \(step), \(leafCount) leaves: \(String(hash, radix: 16))", communicator)
    }
  }
}

private func hashOfStep(_ step: Int, leaves: Int, buckets: Int, _ reducer: GradientReducer) throws -> UInt64 {
  reducer.begin(leaves: leaves)
  for leaf in reducer.ownLeaves {
    let buffer = reducer.leafBuffer
    for index in buffer.indices { buffer[index] += awkwardFloat(step: step, leaf: leaf, index: index) }
    // Buckets get ready from the last to the first here, against the order in which they go out.
    for bucket in (0..<buckets).reversed() where bucket != leaf % 2 { reducer.markReady(bucket: bucket) }
    try reducer.finishLeaf()
  }
  // FNV-1a over the words.
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for value in try reducer.wait() { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
  return hash
}

/// Signs and exponents all over the place, so that another order of additions gives other bits.
private func awkwardFloat(step: Int, leaf: Int, index: Int) -> Float {
  var bits = UInt64(truncatingIfNeeded: index &* 64 &+ leaf &* 3 &+ step &* 1_000_003) &+ 0x9e37_79b9_7f4a_7c15
  bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
  bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
  bits ^= bits >> 31
  let exponent = UInt32(117 + (bits >> 40) % 20)
  return Float(bitPattern: UInt32(truncatingIfNeeded: bits) & 0x807f_ffff | exponent << 23)
}
