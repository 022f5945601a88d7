import Foundation
import Testing

/// Heartbeats of the real program under a real mpirun.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct HeartbeatRunTests {
  /// A run of `world` on two ranks in which rank 1 sleeps for `seconds` before its 40th step.
  private func train(_ world: World, sleep seconds: Int, stall: Int) throws -> Mpirun.Outcome {
    let (path, arguments) = Mpirun.command(
      ranks: 2, program: "vlm-dist",
      ["train", world.recipe, "--run", world.path + "/run", "--set", "stages.0.until.steps=60"])
    return try Mpirun.launch(
      "/usr/bin/env",
      ["VLM_DIST_FAULT=sleep=\(seconds),rank=1,step=40", "VLM_DIST_STALL_SECONDS=\(stall)", path] + arguments)
  }

  @Test func `a rank that is slow is told of after ten seconds, and the run goes on`() throws {
    let world = try World()
    let outcome = try train(world, sleep: 13, stall: 600)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.complaints.count == 1, "\(outcome.complaints)")
    #expect(
      outcome.complaint.hasPrefix("vlm-dist: rank 1 on ") && outcome.complaint.contains(" has done nothing for 1")
        && outcome.complaint.contains("(step 40, step; last operation: "))
    #expect(!FileManager.default.fileExists(atPath: world.path + "/run/flight"))
  }

  @Test func `a rank that does nothing for too long ends the run with code 76, and all write their operations down`()
    throws
  {
    let world = try World()
    let outcome = try train(world, sleep: 100, stall: 15)
    #expect(outcome.code == 76, "\(outcome.errors)")
    let sentence = try #require(outcome.complaints.last)
    #expect(
      sentence.contains("rank 1 on ") && sentence.contains("; the run is ended, the last operations of the ranks"))
    for rank in 0..<2 {
      let data = Data(try world.read("run/flight/rank-\(rank).json").utf8)
      let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(record["rank"] as? Int == rank && record["step"] as? Int == 40 && record["phase"] as? String == "step")
      let operations = try #require(record["operations"] as? [[String: Any]])
      #expect(operations.count == 64)
      // So small a gradient is summed once the losses are gathered, which rank 0 waits for: the last sum is the one before.
      let sum = try #require(operations.last { ($0["operation"] as? String) == "sum over the ranks" })
      let buckets = try #require(sum["buckets"] as? [String: Int])
      let all = try #require(buckets["of"])
      #expect(sum["step"] as? Int == 39 && buckets == ["of": all, "folded": all, "started": all, "finished": all])
    }
  }
}
