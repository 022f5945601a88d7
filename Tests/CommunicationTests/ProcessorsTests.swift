import Foundation
import Testing

@testable import Communication

@Suite struct ProcessorsTests {
  @Test func `ranks have cores where they may run on as many together as they are`() throws {
    let cases: [(own: [Set<Int>], areEnough: Bool)] = [
      ([[0], [1]], true), ([[5], [5]], false), ([[0, 1], [0, 1]], true), ([[0, 1], [0, 1], [0, 1]], false),
      ([[63, 64, 8191], [64], [64]], true), ([[], []], false),
    ]
    for (own, areEnough) in cases {
      try LocalCommunicator.run(ranks: own.count) { communicator in
        let found = try Processors.areEnough(communicator, own: Processors(own[communicator.rank]))
        try claim(found == areEnough, "\(own)")
      }
    }
    #expect(Processors.ofThisThread.count == ProcessInfo.processInfo.activeProcessorCount)
  }

  private static let taskset = "/usr/bin/taskset"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: taskset)))
  func `ranks that are bound to one core have to share it, however many the machine has`() throws {
    let first = try #require((0..<8192).first { Processors([$0]).union(.ofThisThread) == .ofThisThread })
    try LocalCommunicator.run(ranks: 2) { communicator in
      let thread = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self").split(separator: "/")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Self.taskset)
      process.arguments = ["--cpu-list", "--pid", "\(first)", "\(thread[thread.count - 1])"]
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      while process.isRunning { usleep(1000) }
      try claim(Processors.ofThisThread == Processors([first]))
      try claim(!HostGroup(communicator).hasCores)
    }
  }
}
