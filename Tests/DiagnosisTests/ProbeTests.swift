import Communication
import Foundation
import Testing

@testable import Diagnosis

/// Gathering, between threads that play hosts.
struct ProbeTests {
  private struct Untrue: Error {}

  /// `#expect` does not reach the test from the threads of `LocalCommunicator.run`.
  private static func claim(_ holds: Bool) throws { if !holds { throw Untrue() } }

  private static func soon(_ seconds: Double) -> UInt64 { MonotonicClock.nanoseconds() + UInt64(seconds * 1e9) }

  @Test func `of several answers the quickest tells the time`() {
    // The slow ones came back late, and say too little.
    let samples = [(0.0, 4.5, 3.0), (10.0, 15.1, 10.2), (20.0, 25.0, 24.0)]
    let best = ClockOffset.best(of: samples.map { (asked: $0.0, answered: $0.1, came: $0.2) })
    #expect(abs((best?.seconds ?? 0) - 5) < 1e-9 && abs((best?.uncertainty ?? 0) - 0.1) < 1e-9)
    #expect(ClockOffset.best(of: []) == nil)
  }

  @Test func `a clock that is ahead is found to be`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator throws in
      var probe = ClockProbe(messages: PatientMessages(communicator: communicator))
      if communicator.rank == 1 {
        probe.now = { ClockProbe.wallClock() + 3_600_000_000_000 }
        try probe.answer(0, deadline: .max)
      } else {
        let offset = try probe.ask(1, deadline: .max)
        try Self.claim(offset.map { abs($0.seconds - 3600) <= $0.uncertainty } == true)
      }
    }
  }

  @Test func `a link has a speed both ways and a round trip`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator throws in
      let probe = LinkProbe(messages: PatientMessages(communicator: communicator), seconds: 0.01)
      let leads = communicator.rank == 0
      let found = try probe.measure(with: 1 - communicator.rank, leads: leads, deadline: .max)
      try Self.claim(leads == (found.sending > 0) && leads == (found.receiving > 0) && leads == (found.roundTrip > 0))
    }
  }

  @Test func `a rank that is silent is given up`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator throws in
      guard communicator.rank == 0 else { return }
      let messages = PatientMessages(communicator: communicator)
      do {
        _ = try messages.receiveAll(from: 1, tag: 5, deadline: Self.soon(0.02))
        try Self.claim(false)
      } catch let silence as PatientMessages.Silence {
        try Self.claim(silence == PatientMessages.Silence(peer: 1))
      }
    }
  }

  @Test func `messages that were sent patiently arrive`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator throws in
      let messages = PatientMessages(communicator: communicator)
      for bytes in [[], [7], Array(0..<200)] as [[UInt8]] {
        if communicator.rank == 0 {
          try messages.sendAll(bytes, to: 1, tag: 5, deadline: Self.soon(60))
        } else {
          try Self.claim(try messages.receiveAll(from: 0, tag: 5, deadline: Self.soon(60)) == bytes)
        }
      }
    }
  }

  @Test func `a file in the run directory is seen where it is, and nowhere else`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let directory = folder.path + "/not/yet"
    let probe = FolderProbe(directory: directory)
    #expect(!probe.isSeen(in: directory, patience: 0))
    let facts = probe.write(in: directory)
    #expect(facts.path == folder.path && facts.fault == nil && facts.syncSeconds ?? 0 > 0)
    #expect(probe.isSeen(in: directory, patience: 0))
    #expect(!probe.isSeen(in: folder.path + "/not", patience: 0))
    // Another file of that name is not it.
    try Data("x".utf8).write(to: URL(fileURLWithPath: probe.path(in: directory)))
    #expect(!probe.isSeen(in: directory, patience: 0))
    probe.remove(in: directory)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    #expect(FolderProbe(directory: "/proc/x").write(in: "/proc/x").fault?.hasPrefix("create: ") == true)
  }
}
