import Checkpoints
import Communication
import Foundation
import Testing

@testable import Training

@Suite struct RunLockTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  @Test func `one training at a time writes into a run directory, and the next waits for its end`() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/lock"
    // Another process has it, until it ends.
    let holder = Process()
    holder.executableURL = URL(filePath: "/usr/bin/flock")
    holder.arguments = [path, "-c", "touch '\(folder)/held'; exec sleep 60"]
    try holder.run()
    defer { holder.terminate() }
    while !FileManager.default.fileExists(atPath: folder + "/held") {
      try #require(holder.isRunning)
      usleep(1000)
    }
    #expect(throws: TrainingError.runInUse(run: folder, holder: nil)) { try RunLock(run: folder, waiting: 0.2) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) {
      let killer = Process()
      killer.executableURL = URL(filePath: "/usr/bin/env")
      killer.arguments = ["pkill", "-KILL", "-P", "\(holder.processIdentifier)"]
      try? killer.run()
    }
    let lock = try RunLock(run: folder, waiting: 60)
    // The next one is told whose it is.
    let own = "process \(getpid()) on \(Launch.hostName), since "
    #expect {
      try RunLock(run: folder, waiting: 0)
    } throws: { error in
      guard case TrainingError.runInUse(_, let holder?) = error else { return false }
      return holder.hasPrefix(own) && !holder.contains("\n")
    }
    withExtendedLifetime(lock) {}
    for (holder, words) in [(nil, ""), ("process 5 on n1", " (process 5 on n1)")] {
      let sentence = TrainingError.runInUse(run: "r", holder: holder).description
      #expect(sentence.hasPrefix("r: another training\(words) writes into it; wait for"))
    }
  }

  @Test func `what is set aside keeps its name with a number, and a run under way stays where it is`() throws {
    #expect(try setAside(run: folder) == nil)
    for number in 1...2 {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      // With a slash behind it too.
      #expect(try setAside(run: number == 1 ? folder : folder + "//") == "\(folder).old-\(number)")
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
    defer { for number in 1...2 { try? FileManager.default.removeItem(atPath: "\(folder).old-\(number)") } }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let lock = try RunLock(run: folder, waiting: 0)
    #expect {
      try setAside(run: folder, waiting: 0.1)
    } throws: { error in
      guard case TrainingError.runInUse = error else { return false }
      return true
    }
    withExtendedLifetime(lock) {}
  }

  @Test func `a lock that was set aside with its run while somebody waited for it is none`() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { for path in [folder, folder + ".old-1"] { try? FileManager.default.removeItem(atPath: path) } }
    var old: RunLock? = try RunLock(run: folder, waiting: 0)
    let path = folder
    let waiter = try BackgroundTask { withExtendedLifetime(try RunLock(run: path, waiting: 60)) { true } }
    usleep(300_000)
    // As --fresh does it: the lock moves with the old run, and the new one has its own.
    #expect(rename(folder, folder + ".old-1") == 0)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var new: RunLock? = try RunLock(run: folder, waiting: 0)
    withExtendedLifetime(old) {}
    old = nil
    usleep(500_000)
    #expect(!waiter.isDone)
    withExtendedLifetime(new) {}
    new = nil
    #expect(try waiter.wait())
  }

  @Test func `a run directory that is not there is an error that names the file`() {
    #expect(throws: CheckpointError.system(action: "open for writing", path: folder + "/lock", errno: ENOENT)) {
      try RunLock(run: folder, waiting: 0)
    }
  }
}
