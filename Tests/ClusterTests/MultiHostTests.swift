import Foundation
import Testing

/// Real runs on virtual hosts: real mpirun, real TCP between the hosts.
@Suite(.serialized, .enabled(if: VirtualCluster.isAllowed, "this machine does not allow virtual hosts, see above"))
struct MultiHostTests {
  private let reference: DemoRun
  private let run: DemoRun
  private let cluster = VirtualCluster()

  init() throws {
    reference = try DemoRun.reference.get()
    run = try DemoRun(data: reference)
  }

  @Test(arguments: 0...2)
  func `two hosts with two ranks each have the losses of one process, and bytes cross the link`(zero: Int) throws {
    let up = try cluster.virtual(["up", "2"])
    #expect(up.code == 0, "\(up.output)")
    let names = try cluster.virtual(["run", "n2", "hostname"])
    #expect(names.output == "n2\n")
    let before = try ["n1", "n2"].map { try #require(try cluster.bytesSent(by: $0)) }

    let outcome = try cluster.sft(
      ["--hosts", "2", "--ranks", "4", "--run", run.path] + DemoRun.arguments + ["--set", "zero=\(zero)"]
    )
    .outcome()
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(try run.figures().count == 32)
    #expect(try run.figures() == reference.figures())
    for (host, start) in zip(["n1", "n2"], before) {
      let sent = try #require(try cluster.bytesSent(by: host)) - start
      // A gradient of the demo is more than a megabyte, and there are 32 steps.
      #expect(sent > 20_000_000, "\(host) sent \(sent)")
      let row = outcome.output.split(separator: "\n").first { $0.hasPrefix(host + " ") }
      #expect(row.flatMap { Int($0.split(separator: " ").last ?? "") }.map { $0 > 20_000_000 && $0 <= sent } == true)
      print("ClusterTests: \(host) sent \(sent) bytes in 32 steps, zero \(zero)")
    }
    // A cluster that launch/sft found is not its own to remove.
    #expect(try cluster.virtual(["status"]).code == 0)
    try cluster.virtual(["down"])
    #expect(try cluster.leftovers() == [])
  }

  @Test func `SIGTERM to launch/sft ends with a checkpoint, code 75 and no cluster, and three ranks go on`() throws {
    let job = try cluster.sft(["--hosts", "2", "--ranks", "2", "--run", run.path] + DemoRun.arguments)
    #expect(job.wait { run.holds("step-10") }, "\(job.output)")
    // As timeout(1) does it: to the process, then to its group.
    job.send(SIGTERM)
    job.send(SIGTERM)
    let outcome = job.outcome()
    #expect(outcome.code == 75, "\(outcome.output)")
    #expect(try cluster.leftovers() == [])
    #expect(try run.figures().count < 32)

    let resumed = try cluster.sft(["--ranks", "3", "--run", run.path] + DemoRun.arguments).outcome()
    #expect(resumed.code == 0, "\(resumed.output)")
    #expect(try run.figures() == reference.figures())
  }

  @Test func `when a host dies the run ends, and goes on with the same losses on the hosts that live`() throws {
    try cluster.virtual(["up", "2"])
    let job = try cluster.sft(["--hosts", "2", "--ranks", "2", "--run", run.path] + DemoRun.arguments)
    #expect(job.wait { run.holds("step-10") }, "\(job.output)")
    try cluster.virtual(["kill", "n1"])
    let ended = job.outcome(seconds: 30)
    #expect(![0, 75, 137].contains(ended.code), "\(ended.code): \(ended.output)")
    #expect(try cluster.virtual(["status"]).output.contains("n1 10.88.0.1 limit none"))
    #expect(try cluster.virtual(["hosts", "2"]).output == "n2 slots=2\n")
    #expect(try cluster.virtual(["run", "n1", "true"]).output.contains("n1 is dead"))

    let resumed = try cluster.sft(["--hosts", "1", "--ranks", "2", "--run", run.path] + DemoRun.arguments).outcome()
    #expect(resumed.code == 0, "\(resumed.output)")
    #expect(try run.figures() == reference.figures())
  }

  @Test func `up leaves no file of its caller's open`() throws {
    // A reader of the pipe would wait for ever if a host held its other end.
    let lines =
      "exec 7> >(cat >/dev/null); pipe=$!; '\(Checkout.file("cluster/virtual").path)' up 1; exec 7>&-; wait $pipe"
    let outcome = try Command("/bin/bash", ["-c", lines], environment: cluster.environment).outcome(seconds: 20)
    #expect(outcome.code == 0)
    #expect(try cluster.virtual(["status"]).code == 0)
  }
}
