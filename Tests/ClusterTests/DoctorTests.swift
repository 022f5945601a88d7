import Foundation
import Testing

/// `doctor` on virtual hosts: real links, of which one host's is slow, and one is dead.
@Suite(.serialized, .enabled(if: VirtualCluster.isAllowed, "this machine does not allow virtual hosts, see above"))
struct DoctorTests {
  private let cluster = VirtualCluster()

  private func findings(_ outcome: Command.Outcome) -> [String] {
    outcome.output.split(separator: "\n").filter { $0.hasPrefix("! ") }.map(String.init)
  }

  /// A command on a host's network, such as tc.
  private func onNetwork(of host: String, _ command: String) throws -> Command.Outcome {
    let words = command.split(separator: " ").map(String.init)
    return try Command.run("/usr/bin/env", [words[0], "-n", "\(cluster.name)-\(host)"] + words.dropFirst())
  }

  @Test func `a host that sends slowly, a dead link and a folder of one host are named, and nothing else is`() throws {
    let folder = try TemporaryFolder()
    let up = try cluster.virtual(["up", "3"])
    #expect(up.code == 0, "\(up.output)")
    try cluster.virtual(["shape", "1gbit"])
    let slow = "tc qdisc replace dev eth0 root tbf rate 50mbit burst 256k latency 50ms"
    #expect(try onNetwork(of: "n2", slow).code == 0)
    let doctor = ["--doctor", "--hosts", "3", "--ranks", "6", "--run"]
    let shared = try cluster.sft(doctor + [folder.path]).outcome()
    #expect(shared.code == 0, "\(shared.output)")
    #expect(shared.output.contains("\nMB/s to  n1") && shared.output.contains("\nn3    4-5 "), "\(shared.output)")
    let found = findings(shared)
    #expect(found.contains { $0.hasPrefix("! n2: sends ") }, "\(found)")
    #expect(found.contains { $0.hasPrefix("! n1, n2 and n3 are containers of one machine") }, "\(found)")
    for other in ["is not seen", "differs", "the clock"] {
      #expect(!found.contains { $0.contains(other) }, "\(found)")
    }

    // Each host has a /dev/shm of its own. What n2 sends to n3 goes to nobody.
    let nobody = "ip neigh replace 10.88.0.3 lladdr 02:00:00:00:00:99 dev eth0 nud permanent"
    #expect(try onNetwork(of: "n2", nobody).code == 0)
    let dead = try cluster.sft(doctor + ["/dev/shm"]).outcome()
    #expect(dead.code == 70, "\(dead.output)")
    let lines = findings(dead)
    #expect(lines.first?.hasPrefix("! n2 and n3 do not reach each other") == true, "\(dead.output)")
    #expect(lines.contains { $0.hasPrefix("! n2 and n3: what n1 writes in /dev/shm is not seen there") }, "\(lines)")
  }
}
