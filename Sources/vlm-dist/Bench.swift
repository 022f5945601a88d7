import ArgumentParser
import Communication
import Foundation
import Kernels
import Tensors

/// `vlm-dist bench`: the figures that the README quotes, measured here.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure: a training step, the matrix product, the all-reduce.",
    subcommands: [BenchStep.self, Gemm.self, AllReduce.self])

  struct Gemm: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Floating-point rate of the matrix product (1024 cubed).")
    @Option(help: "Threads.") var threads = 1
    @Flag(help: "One JSON line.") var json = false

    func validate() throws {
      guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    }

    func run() throws {
      Threads.count = threads
      let rate = Self.rate()
      print(
        json
          ? "{\"gflops\": \(rate), \"threads\": \(threads), \"core\": \"\(OpenBLAS.core)\"}"
          : "\(rate) GFLOP/s, \(OpenBLAS.core)")
    }

    /// Best of twenty, in GFLOP/s.
    static func rate() -> Double {
      let n = 1024
      var random = RandomStream(1)
      let (a, b) = (random.normalTensor([n, n], deviation: 1), random.normalTensor([n, n], deviation: 1))
      let best = (0..<20).map { _ in seconds { _ = linear(a, weight: b) } }.min() ?? 1
      return (2 * Double(n * n * n) / best / 1e9 * 10).rounded() / 10
    }
  }

  struct AllReduce: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "allreduce", abstract: "Seconds for the gradient sum over all ranks, beside MPI_Allreduce.")
    @Option(help: "Bytes.") var bytes = 25 << 20
    @Option(help: "Repeats; the median counts.") var repeats = 15

    func validate() throws {
      guard (4...1 << 40).contains(bytes), repeats >= 1 else {
        throw ValidationError("--bytes must be at least 4 and --repeats at least 1")
      }
    }

    func run() throws {
      try withRanks { communicator in
        let times = try measureAllReduce(communicator: communicator, bytes: bytes, repeats: repeats)
        guard communicator.rank == 0 else { return }
        let library = times.library.map { String($0) } ?? "null"
        print(
          "{\"ranks\": \(communicator.size), \"bytes\": \(bytes), \"ours\": \(times.ours), \"mpi_allreduce\": \(library)}"
        )
      }
    }
  }
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let began = ContinuousClock.now
  try body()
  let time = (ContinuousClock.now - began).components
  return Double(time.seconds) + Double(time.attoseconds) * 1e-18
}
