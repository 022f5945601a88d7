import Communication
import Glibc

/// Rank 0 is late by a second; what the others use of the processor meanwhile is printed in percent.
func checkIdleWait(_ communicator: any Communicator) throws {
  try communicator.barrier()
  let before = processorSeconds()
  if communicator.rank == 0 { sleep(1) }
  try communicator.barrier()
  let percent = Int((processorSeconds() - before) * 100)
  let busiest = try communicator.allAgree(max: communicator.rank == 0 ? 0 : percent)
  say("busy while waiting: \(busiest)", communicator)
}

private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Rank 1 sends rank 0 a message that is too short and one that is too long, and both know no rank `size`. Rank 0 waits, and
/// another time looks, with a message beside it that comes as it should.
func checkErrors(_ communicator: any Communicator) throws {
  let other = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
  defer { other.deallocate() }
  other.initializeMemory(as: UInt8.self, repeating: UInt8(communicator.rank))
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
  defer { bytes.deallocate() }
  bytes.initializeMemory(as: UInt8.self, repeating: 0)
  for (byteCount, looks) in [(4, false), (8, false), (4, true), (8, true)] {
    do {
      if communicator.rank == 1 {
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<byteCount])
        let beside = try looks ? [communicator.startSend(UnsafeRawBufferPointer(other), to: 0, tag: 6)] : []
        try communicator.wait(beside + [communicator.startSend(part, to: 0, tag: 5)])
      } else if communicator.rank == 0 {
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(byteCount == 4 ? 8 : 4)])
        let beside = try looks ? [communicator.startReceive(other, from: 1, tag: 6)] : []
        let transfers = try beside + [communicator.startReceive(part, from: 1, tag: 5)]
        if looks {
          while !beside.allSatisfy(\.isDone) { try communicator.look(at: beside) }
          print("rank 0 found message \(other[0])")
          for _ in 0..<1_000_000 { try communicator.look(at: transfers) }
        }
        try communicator.wait(transfers)
      }
    } catch {
      print(error)
    }
  }
  do {
    _ = try communicator.startSend(UnsafeRawBufferPointer(bytes), to: communicator.size, tag: 5)
  } catch {
    say("\(error)", communicator)
  }
}

/// All ranks but the last one wait for ever.
func abortFromLastRank(_ communicator: any Communicator) {
  if communicator.rank == communicator.size - 1 { communicator.abort(code: 75) }
  do {
    try communicator.barrier()
  } catch {
    print(error)
  }
}
