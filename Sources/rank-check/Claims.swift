import Communication

/// Prints on rank 0 alone.
func say(_ line: String, _ communicator: any Communicator) {
  if communicator.rank == 0 { print(line) }
}

/// Ends all ranks with code 70 where a claim does not hold.
func expect(_ holds: Bool, _ claim: String, _ communicator: any Communicator) {
  guard !holds else { return }
  print("rank \(communicator.rank) of \(communicator.size): not true that \(claim)")
  communicator.abort(code: 70)
}
