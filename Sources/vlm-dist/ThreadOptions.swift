import ArgumentParser
import Communication
import Diagnosis
import Tensors

/// How many threads a rank computes with. They change no bit of any result.
struct ThreadOptions: ParsableArguments {
  /// More than any host has cores.
  static let mostThreads = 1024

  @Option(
    help: """
      Threads per rank. (default: 1 under mpirun, where ranks share the cores; otherwise one per core that it may use)
      """)
  var threads: Int?

  func validate() throws {
    if let threads { try check(counts: ["--threads": threads], most: Self.mostThreads) }
  }

  /// From here on.
  func apply(_ communicator: any Communicator) {
    Threads.count = threads ?? (communicator.size > 1 ? 1 : UsableCores.threads)
  }
}
