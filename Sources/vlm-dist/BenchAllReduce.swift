import ArgumentParser
import Communication
import Foundation
import Training

/// `vlm-dist bench allreduce`: seconds of the gradient sum over all ranks, beside every algorithm of `MPI_Allreduce`.
struct BenchAllReduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allreduce", abstract: "Seconds for the gradient sum over all ranks, beside MPI_Allreduce.",
    discussion: "To be started by mpirun: with one rank there is nothing to sum.")

  @Option(help: "Bytes; several sizes one after the other, such as 65536,26214400.") var bytes =
    "65536,1048576,26214400"
  @Option(help: "Repeats; the median counts.") var repeats = 15
  @Option(help: "In which type our sums travel between hosts: fp32, or bf16 (half the bytes).") var wire =
    GradientWire.fp32
  @Flag(help: "A line of JSON per size.") var json = false

  private var sizes: [Int] { bytes.split(separator: ",").compactMap { Int($0) } }

  func validate() throws {
    let count = bytes.split(separator: ",").count
    let most = AllReduceBenchmark.mostBytes
    guard count > 0, sizes.count == count, sizes.allSatisfy((4...most).contains) else {
      throw ValidationError("--bytes must be numbers from 4 to \(most) with commas between them")
    }
    try check(counts: ["--repeats": repeats])
  }

  func run() throws {
    LibrarySum.prepare()
    try withRanks { communicator in
      let benchmark = try AllReduceBenchmark(communicator)
      if communicator.rank == 0, !json {
        try tell(
          "| ranks | hosts | KB | ours, ms | best of MPI_Allreduce, ms | which | its default, ms | best / ours |")
        try tell("|---|---|---|---|---|---|---|---|")
      }
      for size in sizes {
        let times = try benchmark(
          bytes: size, bucketFloats: StageParameters.bucketFloats, repeats: repeats, wire: wire)
        if communicator.rank == 0 { try tell(json ? try jsonLine(times) : row(times)) }
      }
    }
  }

  private func row(_ times: AllReduceTimes) -> String {
    func milliseconds(_ seconds: Double?) -> String { seconds.map { String(format: "%.3f", $0 * 1000) } ?? "" }
    let best = times.best
    let cells = [
      "\(times.ranks)", "\(times.hosts)", "\(times.bytes / 1024)", milliseconds(times.ours),
      milliseconds(best?.seconds), best?.name ?? "", milliseconds(times.library["default"]),
      best.map { String(format: "%.2f", $0.seconds / times.ours) } ?? "",
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}

extension GradientWire: ExpressibleByArgument {}
