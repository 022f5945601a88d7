import Testing

@testable import Communication

@Suite struct LocalCommunicatorTests {
  private struct Broken: Error, Equatable {}

  @Test func `an error on one rank ends the others and is the one that is thrown`() {
    #expect(throws: Broken()) {
      try LocalCommunicator.run(ranks: 4) { communicator in
        if communicator.rank == 2 { throw Broken() }
        try communicator.barrier()
      }
    }
  }

  @Test func `abort ends the others too`() {
    #expect(throws: CommunicationError.aborted(rank: 1, code: 7)) {
      try LocalCommunicator.run(ranks: 3) { communicator in
        if communicator.rank == 1 { communicator.abort(code: 7) } else { try communicator.barrier() }
      }
    }
  }

  @Test func `messages of one tag keep their order whatever is waited for first`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator in
      let values: [UInt8] = [1, 2, 3]
      if communicator.rank == 0 {
        for value in values { try communicator.send([value], to: [1], tag: 4) }
      } else {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
        defer { bytes.deallocate() }
        let receives = try values.indices.map {
          try communicator.startReceive(.init(rebasing: bytes[$0...$0]), from: 0, tag: 4)
        }
        try communicator.wait(receives.reversed())
        try claim(Array(bytes) == values)
      }
    }
  }

  @Test func `a look finds what is there, in any order, and leaves the rest`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator in
      guard communicator.rank == 1 else {
        try communicator.send([7], to: [1], tag: 2)
        try communicator.barrier()
        return try communicator.send([5], to: [1], tag: 1)
      }
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
      defer { bytes.deallocate() }
      let receives = try (0..<2).map {
        try communicator.startReceive(.init(rebasing: bytes[$0...$0]), from: 0, tag: $0 + 1)
      }
      while !receives[1].isDone { try communicator.look(at: receives) }
      try claim(!receives[0].isDone && bytes[1] == 7)
      try communicator.barrier()
      while !receives[0].isDone { try communicator.look(at: receives) }
      try claim(Array(bytes) == [5, 7])
    }
  }

  @Test func `duplicates have message spaces of their own`() throws {
    try LocalCommunicator.run(ranks: 2) { world in
      let (first, second) = (try world.duplicate(), try world.duplicate())
      let nested = try first.duplicate()
      let all: [any Communicator] = [world, first, second, nested]
      let peer = 1 - world.rank
      for (index, communicator) in all.enumerated() { try communicator.send([UInt8(index)], to: [peer], tag: 0) }
      for (index, communicator) in all.enumerated().reversed() {
        try claim(communicator.receive(byteCount: 1, from: peer, tag: 0) == [UInt8(index)])
      }
    }
  }

  @Test func `a message of another length is refused`() {
    #expect(throws: CommunicationError.messageLength(rank: 1, from: 0, tag: 9, expected: 2, found: 3)) {
      try LocalCommunicator.run(ranks: 2) { communicator in
        if communicator.rank == 0 { try communicator.send([1, 2, 3], to: [1], tag: 9) }
        if communicator.rank == 1 { _ = try communicator.receive(byteCount: 2, from: 0, tag: 9) }
      }
    }
  }

  @Test func `a rank can send to itself but not to one that does not exist`() throws {
    let alone = LocalCommunicator.alone()
    try alone.send([1], to: [0], tag: 0)
    #expect(try alone.receive(byteCount: 1, from: 0, tag: 0) == [1])
    #expect(throws: CommunicationError.noSuchRank(rank: 0, peer: 1, size: 1)) { try alone.send([], to: [1], tag: 0) }
  }

  @Test func `the all-reduce benchmark runs on threads`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator in
      let times = try AllReduceBenchmark(communicator)(bytes: 4096, bucketFloats: 100, repeats: 3)
      try claim(times.ours > 0 && times.hosts == 1 && times.library.isEmpty && times.best == nil)
    }
  }
}
