import Foundation

/// A cluster of virtual hosts that belongs to one test: `down` at the end, whatever happened.
final class VirtualCluster {
  let name: String

  /// Whether this machine allows virtual hosts; said once on the console where it does not, with cluster/virtual's own
  /// reason. Only its code 69 means that; any other failure is one of the tests.
  static let isAllowed: Bool = {
    let cluster = VirtualCluster(name: "probe-\(getpid())")
    guard let outcome = try? cluster.virtual(["up", "1"]), outcome.code == 69 else { return true }
    print("ClusterTests: no run on several hosts was tested: \(outcome.output)", terminator: "")
    return false
  }()

  init(name: String = "test-\(getpid())-\(UInt16.random(in: 0...UInt16.max))") { self.name = name }

  deinit { _ = try? virtual(["down"]) }

  var environment: [String: String] { ["VLM_DIST_CLUSTER": name, "VLM_DIST_PROGRAM": Checkout.program] }

  @discardableResult
  func virtual(_ arguments: [String]) throws -> Command.Outcome {
    try Command("cluster/virtual", arguments, environment: environment).outcome(seconds: 20)
  }

  func sft(_ arguments: [String]) throws -> Command {
    try Command("launch/sft", arguments, environment: environment)
  }

  /// What the host itself counts as sent over its link.
  func bytesSent(by host: String) throws -> Int? {
    let counters = try virtual(["run", host, "cat", "/proc/net/dev"]).output
    let link = counters.split(separator: "\n").first { $0.contains("eth0:") }
    // Name, eight figures of what came in, then the bytes that went out.
    return link.flatMap { Int($0.split(whereSeparator: { " :".contains($0) })[9]) }
  }

  /// Namespaces, files and processes of this cluster that are there.
  func leftovers() throws -> [String] {
    let namespaces = try Command.run("/usr/bin/env", ["ip", "netns", "list"]).output.split(separator: "\n")
    let state = "/run/\(name)-cluster"
    let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
      let environment = try? String(contentsOfFile: "/proc/\(process)/environ", encoding: .utf8)
      return Int(process) != nil && environment?.contains("VLM_DIST_CLUSTER=\(name)\0") == true
    }
    return namespaces.filter { $0.hasPrefix(name + "-") }.map(String.init)
      + (FileManager.default.fileExists(atPath: state) ? [state] : []) + processes.map { "process \($0)" }
  }
}
