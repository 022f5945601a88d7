import Communication
import Foundation
import Training

extension Heartbeats {
  /// Collective. Heartbeats of a training run in the directory `run`: see `Heartbeats.start`.
  static func start(run: String, _ communicator: any Communicator) throws -> Heartbeats? {
    let environment = ProcessInfo.processInfo.environment
    return try start(
      communicator, folder: run + "/flight", deadlines: HeartbeatDeadlines { environment[$0] },
      actions: Actions(
        say: { complain($0) },
        abort: {
          // Whoever waits here dies at once when another rank ends the run.
          signal(SIGTERM, SIG_DFL)
          communicator.abort(code: exitCode)
        },
        exit: { _exit(exitCode) }))
  }
}
