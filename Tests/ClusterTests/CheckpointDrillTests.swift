import Foundation
import Testing

private let hasMpirun = (try? Command.run("/bin/bash", ["-c", "command -v mpirun"]))?.code == 0

/// The drills of cluster/drills that concern checkpoints, in a quick form.
@Suite(.serialized, .enabled(if: hasMpirun, "mpirun is not in PATH"))
struct CheckpointDrillTests {
  private static let environment = ["VLM_DIST_PROGRAM": Checkout.program]

  @Test func `damaged checkpoints are not accepted, and runs go on from the one before`() throws {
    let outcome = try Command(
      Checkout.file("cluster/drills/damage").path, ["--variants", "25", "--resumes", "1", "--seed", "3"],
      environment: Self.environment
    ).outcome(seconds: 120)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(outcome.output.contains("25 variants (seed 3), 0 accepted or not said; 1 resumed runs, 0 failed, 0 with"))
  }

  @Test(
    .enabled(if: getuid() == 0, "the disks of the drill are mounts, which need root"),
    arguments: ["full", "gone", "read-only", "slow"])
  func `a disk that fails ends the run in good order, and one that is slow holds up nothing`(disk: String) throws {
    let outcome = try Command(
      Checkout.file("cluster/drills/disk").path, [disk], environment: Self.environment
    ).outcome(seconds: 120)
    // 69: root or not, no mounts are allowed here.
    #expect(outcome.code == 0 || outcome.code == 69, "\(outcome.output)")
  }
}
