import Communication
import Foundation
import Synchronization
import Testing

@testable import Diagnosis

/// The whole survey, between threads that play hosts.
struct SurveyTests {
  private final class Box: Sendable {
    let facts = Mutex<ClusterFacts?>(nil)
    let others = Mutex(0)
  }

  private func survey(hosts: [Int], directory: String, writes: Bool) throws -> ClusterFacts? {
    let box = Box()
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator throws in
      let facts = try Survey(communicator, directory: directory).facts(writes: writes)
      if communicator.rank == 0 {
        box.facts.withLock { $0 = facts }
      } else if facts == nil {
        box.others.withLock { $0 += 1 }
      }
    }
    #expect(box.others.withLock { $0 } == hosts.count - 1)
    return box.facts.withLock { $0 }
  }

  @Test(arguments: [[0], [0, 0], [0, 1], [0, 1, 0, 2, 1, 2, 3], [4, 3, 2, 1, 0]])
  func `rank 0 gets the facts of all ranks, hosts and links`(hosts: [Int]) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let facts = try #require(try survey(hosts: hosts, directory: folder.path, writes: true))
    let count = Set(hosts).count
    #expect(facts.ranks.map(\.rank) == Array(hosts.indices))
    #expect(facts.layout.hosts.count == count && facts.directory == folder.path)
    #expect(facts.clocks.map { $0 == nil } == (0..<count).map { $0 == 0 })
    // These hosts have one clock.
    #expect(facts.clocks.allSatisfy { clock in clock.map { abs($0.seconds) <= $0.uncertainty + 1e-6 } ?? true })
    let pairs = (0..<count).flatMap { from in (0..<count).filter { $0 != from }.map { [from, $0] } }
    #expect(facts.links.map { [$0.from, $0.to] } == pairs)
    #expect(facts.links.allSatisfy { $0.bytesPerSecond ?? 0 > 0 && $0.roundTrip ?? 0 > 0 } && !facts.hasDeadLinks)
    #expect(facts.sharing == [])
    #expect(facts.folder.map { $0.fault == nil && $0.blindHosts == [] && $0.path == folder.path } == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    #expect(facts.ranks.allSatisfy { $0.versions == facts.ranks[0].versions && !$0.machine.cores.isEmpty })
  }

  @Test func `nothing is written unless it is asked for, and what cannot be written is a fact`() throws {
    #expect(try survey(hosts: [0, 1], directory: "/proc/none", writes: false)?.folder == nil)
    let facts = try survey(hosts: [0, 1], directory: "/proc/none", writes: true)
    #expect(facts?.folder?.fault?.hasPrefix("create: ") == true && facts?.folder?.blindHosts == [])
  }
}
