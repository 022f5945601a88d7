import Foundation

/// A Slurm on virtual hosts that belongs to one test: `down` at the end, whatever happened.
final class SlurmCluster {
  private let hosts: VirtualCluster

  /// Whether this machine allows it; said once on the console where it does not, with cluster/slurm's own reason. Only
  /// its code 69 means that; any other failure is one of the tests.
  static let isAllowed: Bool = {
    let cluster = SlurmCluster(name: "probe-slurm-\(getpid())")
    guard let outcome = try? cluster.slurm(["up", "1"]), outcome.code == 69 else { return true }
    print("ClusterTests: no job in Slurm was tested: \(outcome.output)", terminator: "")
    return false
  }()

  init(name: String = "slurm-\(getpid())-\(UInt16.random(in: 0...UInt16.max))") { hosts = VirtualCluster(name: name) }

  deinit { _ = try? slurm(["down"]) }

  var environment: [String: String] { hosts.environment }

  /// With the time that Debian's packages take where they are missing.
  @discardableResult
  func slurm(_ arguments: [String]) throws -> Command.Outcome {
    try Command("cluster/slurm", arguments, environment: environment).outcome(seconds: 300)
  }

  /// The job's state in Slurm's words, such as RUNNING.
  func state(of job: String) -> String? {
    let description = try? slurm(["run", "scontrol", "show", "job", job]).output
    return (description?.firstMatch(of: /JobState=([A-Z_]+)/)?.output.1).map(String.init)
  }

  func wait(until condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(100)
    while !condition() {
      guard Date() < end else { return false }
      usleep(50_000)
    }
    return true
  }

  /// Namespaces, files and processes of this cluster that are there.
  func leftovers() throws -> [String] {
    let state = "/run/\(hosts.name)-slurm"
    return try hosts.leftovers() + (FileManager.default.fileExists(atPath: state) ? [state] : [])
  }
}
