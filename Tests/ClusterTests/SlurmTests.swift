import Foundation
import Testing

/// Real jobs in a real Slurm on virtual hosts: slurmctld, a slurmd on each host, munge, PMIx.
@Suite(.serialized, .enabled(if: SlurmCluster.isAllowed, "this machine allows no Slurm on virtual hosts, see above"))
struct SlurmTests {
  private let cluster = SlurmCluster()

  @Test func `ranks know their number, hosts and codes under srun, and down leaves nothing behind`() throws {
    let up = try cluster.slurm(["up", "2"])
    #expect(up.code == 0, "\(up.output)")
    #expect(try cluster.slurm(["status"]).output.contains("n[1-2]"))
    let again = try cluster.slurm(["up", "1"])
    #expect(again.code == 64 && again.output.contains("is up already"), "\(again.output)")

    let srun = ["run", "srun", "--mpi=pmix", "--nodes=2", "--ntasks-per-node=2"]
    let doctor = try cluster.slurm(srun + [Checkout.program, "doctor"]).output
    #expect(doctor.contains("host       n1,") && doctor.contains("ranks      4, 1 thread each"), "\(doctor)")
    let wrong = try cluster.slurm(srun + ["--kill-on-bad-exit=1", Checkout.program, "train", "--set", "seed=x"])
    #expect(wrong.code == 64 && wrong.output.contains("seed: expected a whole number"), "\(wrong.output)")

    try cluster.slurm(["down"])
    #expect(try cluster.leftovers() == [])
    let gone = try cluster.slurm(["run", "squeue"])
    #expect(gone.code == 1 && gone.output.contains("no Slurm is up"), "\(gone.output)")
  }

  @Test func `scancel ends a job with a checkpoint and for good, and submitted again it goes on elsewhere`() throws {
    let reference = try DemoRun.reference.get()
    let run = try DemoRun(data: reference)
    #expect(try cluster.slurm(["up", "2"]).code == 0)
    let job = ["launch/sft.sbatch", "--run", run.path] + DemoRun.arguments.dropFirst()
    let sbatch = ["run", "sbatch", "--parsable", "--output=\(run.path)/log", "--mincpus=2"]
    #expect(try cluster.slurm(sbatch + ["--nodes=2"] + job).output == "1\n")
    #expect(cluster.wait { run.holds("step-10") }, "\(run.log)")
    try cluster.slurm(["run", "scancel", "1"])
    #expect(cluster.wait { cluster.state(of: "1") == "CANCELLED" }, "\(run.log)")
    #expect(cluster.wait { run.log.contains("Exited with exit code 75") }, "\(run.log)")
    #expect(!run.log.contains("goes back into the queue"))
    let reached = try run.figures().count
    #expect(reached < 32 && run.holds("step-\(reached)"), "\(run.log)")

    #expect(try cluster.slurm(sbatch + ["--nodes=1", "--partition=high"] + job).output == "2\n")
    #expect(cluster.wait { cluster.state(of: "2") == "COMPLETED" }, "\(run.log)")
    #expect(try run.figures() == reference.figures())
  }

  /// Preemption, requeue, a lost node and fewer nodes; the drill itself holds the losses against an undisturbed run.
  @Test func `the quick drill passes, on fewer nodes at its end, and leaves nothing behind`() throws {
    let data = try DemoRun.reference.get().path + "/demo"
    let drill = try Command("cluster/drills/slurm", ["--quick", "--data", data], environment: cluster.environment)
    let outcome = drill.outcome(seconds: 500)
    #expect(outcome.code == 0, "\(outcome.output)")
    let rows = outcome.output.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| event") }
    #expect(rows.count == 2, "\(outcome.output)")
    #expect(rows.first?.contains("partition high") == true && rows.first?.contains("| 6 on n1 n2 n3 |") == true)
    #expect(rows.last?.contains("lost") == true && rows.last?.contains("| 4 on n") == true)
    #expect(outcome.output.contains("COMPLETED after 3 starts; 64 of 64 steps, 0 lines"))
    #expect(try cluster.leftovers() == [])
    print("ClusterTests:", rows.joined(separator: "\n"))
  }
}
