import ArgumentParser
import Foundation

/// `vlm-dist bench`: the figures that the README quotes, measured here.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Measure: a training step, its cost as work grows, the matrix product, the all-reduce, its overlap and order, compression.",
    subcommands: [
      BenchStep.self, BenchScale.self, BenchGemm.self, BenchAllReduce.self, BenchOverlap.self, BenchOrder.self,
      BenchCheckpoint.self,
    ])
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
