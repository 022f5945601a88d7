import Foundation

/// A program that was started, with its output in a file; killed when it takes too long, so that a hang is a failure.
final class Command {
  struct Outcome {
    /// stdout and stderr, as they came.
    let output: String
    /// The exit code; 128 and more: killed by a signal, 137 also after too long a time.
    let code: Int32
  }

  private let process = Process()
  private let folder: TemporaryFolder

  /// `path` is relative to the checkout, or absolute.
  init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    let file = URL(fileURLWithPath: folder.path + "/output")
    try Data().write(to: file)
    process.executableURL = path.hasPrefix("/") ? URL(fileURLWithPath: path) : Checkout.file(path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // A file, not a pipe: processes that outlive the script must not keep the test waiting.
    let handle = try FileHandle(forWritingTo: file)
    process.standardOutput = handle
    process.standardError = handle
    // The threads of a test have all signals blocked, and a child inherits that: it would never hear ours.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }

  var output: String { (try? String(contentsOfFile: folder.path + "/output", encoding: .utf8)) ?? "" }

  var isRunning: Bool { process.isRunning }

  var processIdentifier: Int32 { process.processIdentifier }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until `condition` holds; false if the program ended or `seconds` passed before.
  func wait(seconds: Double = 100, until condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while !condition() {
      guard process.isRunning, Date() < end else { return condition() }
      usleep(5000)
    }
    return true
  }

  func outcome(seconds: Double = 100) -> Outcome {
    if !wait(seconds: seconds, until: { !self.process.isRunning }) {
      send(SIGKILL)
      // Foundation holds a program for running as long as anybody has its files open.
      guard wait(seconds: 5, until: { !self.process.isRunning }) else { return Outcome(output: output, code: 137) }
    }
    let byExit = process.terminationReason == .exit
    return Outcome(output: output, code: process.terminationStatus + (byExit ? 0 : 128))
  }

  static func run(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    try Command(path, arguments, environment: environment).outcome()
  }
}
