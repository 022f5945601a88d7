// What RankTests starts under mpirun. Rank 0 prints; a claim that fails ends all ranks with code 70.
import Communication

let arguments = Array(CommandLine.arguments.dropFirst())

do {
  let communicator = try Launch.connect()
  switch arguments.first {
  case "sums": try printGradientHashes(communicator)
  case "collectives": try checkCollectives(communicator)
  case "idle": try checkIdleWait(communicator)
  case "errors": try checkErrors(communicator)
  case "abort": abortFromLastRank(communicator)
  case "descriptors": try checkWantOfDescriptors(communicator)
  default: expect(false, "usage: rank-check sums | collectives | idle | errors | abort | descriptors", communicator)
  }
  try Launch.finalize()
} catch {
  print(error)
  try Launch.connect().abort(code: 70)
}
