import Communication

/// Every collective, with every rank as the root, on the world and on a duplicate of it.
func checkCollectives(_ world: any Communicator) throws {
  for communicator in [world, try world.duplicate()] {
    let (rank, size) = (communicator.rank, communicator.size)
    try communicator.barrier()
    for root in 0..<size {
      let sent = [UInt8](repeating: UInt8(root), count: root * 100_000)
      var bytes = rank == root ? sent : [1, 2, 3]
      try communicator.broadcast(&bytes, from: root)
      expect(bytes == sent, "broadcast brings the root's bytes", communicator)
      let gathered = try communicator.gather([UInt8](repeating: UInt8(rank), count: rank), to: root)
      let expected = (0..<size).map { [UInt8](repeating: UInt8($0), count: $0) }
      expect(gathered == (rank == root ? expected : []), "gather brings every rank's bytes", communicator)
      expect(try communicator.allGather([UInt8(rank)]) == (0..<size).map { [UInt8($0)] }, "allGather", communicator)
    }
    var floats = [0.1 + Double(rank), 1e300]
    try communicator.allReduceSum(&floats)
    let sum = (1..<size).reduce(0.1) { $0 + (0.1 + Double($1)) }
    expect(floats[0] == sum, "allReduceSum adds in rank order", communicator)
    var integers = [Int64(rank), -1]
    try communicator.allReduceSum(&integers)
    expect(integers == [Int64(size * (size - 1) / 2), -Int64(size)], "allReduceSum adds integers", communicator)
    expect(try communicator.allAgree(max: -rank) == 0, "allAgree finds the largest", communicator)
  }
  let place = Launch.environmentRank()
  expect(place?.rank == world.rank && place?.size == world.size, "the environment tells the rank", world)
  say("collectives hold on \(world.size) ranks, \(Launch.libraryVersion), \(Launch.hostName)", world)
}
