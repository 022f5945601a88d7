import Communication
import Glibc

/// The ranks of one host share memory when the shards are dealt out. Then one of them has a single file descriptor left:
/// enough for memory of its own, not for its neighbour's.
func checkWantOfDescriptors(_ communicator: any Communicator) throws {
  let team = try HostTeam(communicator)
  expect(team.layout.hosts.count == 1, "ranks of one host share memory", communicator)
  let plan = ShardPlan(bucketBoundaries: [0, 1 << 16], layout: team.layout, isOverHosts: true)
  try communicator.barrier()
  if communicator.rank == communicator.size - 1 {
    var last = open("/dev/null", O_RDONLY)
    var next = last
    while next >= 0 { (last, next) = (next, open("/dev/null", O_RDONLY)) }
    close(last)
  }
  do throws(CommunicationError) {
    let reducer = try GradientReducer(
      communicator: communicator, floatCount: 1 << 16, bucketBoundaries: [0, 1 << 16], leaves: communicator.size,
      shards: plan)
    say("a reducer over \(reducer.hostCount) hosts", communicator)
  } catch {
    say("\(error)", communicator)
  }
}
