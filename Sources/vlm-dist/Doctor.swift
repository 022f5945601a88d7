import ArgumentParser
import Communication
import Diagnosis
import Foundation

/// `vlm-dist doctor`: what is there and what will bite, on all hosts of a job at once.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show MPI, cores, instruction sets, libraries, memory, files and links, and say what will bite.",
    discussion: """
      Lines that begin with ! name something to change. Start it under mpirun as the run will be started \
      (launch/sft --doctor does): it then compares versions, processors and clocks of all hosts, looks at cores and \
      bindings, and measures the link between each two hosts. That takes about ten seconds at most.
      """)

  @Option(
    name: .customLong("run"),
    help: "Where the run directory is to be. If given, a small file is written there, and looked for on all hosts.")
  var directory: String?
  @Flag(help: "One object of JSON.") var json = false

  func run() throws {
    try withRanks { communicator in
      let survey = Survey(communicator, directory: directory ?? ".")
      guard let facts = try survey.facts(writes: directory != nil) else { return }
      if json {
        try tell(try jsonLine(ReportDocument(facts)))
      } else {
        for line in ReportText(facts).lines { try tell(line) }
      }
      guard facts.hasDeadLinks else { return }
      // To leave in good order takes the links that do not work.
      fflush(nil)
      communicator.abort(code: 70)
      throw ExitCode(70)
    }
  }
}
