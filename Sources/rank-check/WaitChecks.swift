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

/// Rank 1 sends rank 0 a message that is too short and one that is too long, and both know no rank `size`.
func checkErrors(_ communicator: any Communicator) throws {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
  defer { bytes.deallocate() }
  bytes.initializeMemory(as: UInt8.self, repeating: 0)
  for byteCount in [4, 8] {
    do {
      if communicator.rank == 1 {
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<byteCount])
        try communicator.wait([communicator.startSend(part, to: 0, tag: 5)])
      } else if communicator.rank == 0 {
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(byteCount == 4 ? 8 : 4)])
        try communicator.wait([communicator.startReceive(part, from: 1, tag: 5)])
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
