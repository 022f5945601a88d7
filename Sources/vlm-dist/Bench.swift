import ArgumentParser
import Communication
import Foundation

/// `vlm-dist bench`: the figures that the README quotes, measured here.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure: a training step, its cost as work grows, the matrix product, the all-reduce.",
    subcommands: [BenchStep.self, BenchScale.self, BenchGemm.self, AllReduce.self])

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
  return (ContinuousClock.now - began) / .seconds(1)
}

/// A value as one line of JSON, its keys in snake_case; what is no number is a string ("nan").
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
