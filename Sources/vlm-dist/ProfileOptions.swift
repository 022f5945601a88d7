import ArgumentParser
import Checkpoints
import Communication
import Foundation
import Profiling
import Records
import Training

/// `--profile`, and what it does.
struct ProfileOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Print where the time goes, and write a trace.",
      discussion: """
        The table on stderr is rank 0's: time per phase and operation over all steps. Each rank writes its last \
        \(Profile.mostSpans) spans to rank-N.json (train: RUN/profile/rank-N.json), which chrome://tracing and \
        ui.perfetto.dev open; those of one host share their clock.
        """))
  var profile = false

  /// Collective. Runs `body` and profiles it, if that is asked for, also where it throws.
  func record<Value>(into directory: String, _ communicator: any Communicator, _ body: () throws -> Value) throws
    -> Value
  {
    guard profile else { return try body() }
    let path = "\(directory)/rank-\(communicator.rank).json"
    // What cannot be written is told before the work, not after it; nor does an older trace stand beside the new ones.
    try DurableFile.makeDirectories(directory)
    if communicator.rank == 0 { try removeTraces(in: directory) }
    try communicator.barrier()
    try DurableFile.replace(path, with: Array(ChromeTrace.empty.utf8))
    Profile.start()
    let result: Result<Value, any Error> = Result(catching: body)
    let profile = Profile.stop()
    if communicator.rank == 0 {
      let table = ProfileTable(profile, rank: communicator.rank, ranks: communicator.size)
      show(table.text)
    }
    let trace = ChromeTrace(profile, rank: communicator.rank, host: Launch.hostName)
    do {
      try DurableFile.replace(path, with: Array(trace.json.utf8))
    } catch {
      guard case .success = result else { return try result.get() }
      throw error
    }
    return try result.get()
  }

  private func removeTraces(in directory: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    for name in names where name.wholeMatch(of: /rank-[0-9]+\.json/) != nil {
      guard unlink("\(directory)/\(name)") == 0 else {
        throw CheckpointError.system(action: "remove", path: "\(directory)/\(name)", errno: errno)
      }
    }
  }
}
