import Foundation

/// Starts `rank-check`, built beside this test program, under a real mpirun.
enum Mpirun {
  struct Outcome {
    let output: String
    let errors: String
    let code: Int32
  }

  /// Where mpirun is; nil, said once on the console, where it is not installed.
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/mpirun" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    if found == nil { print("RankTests: mpirun is not in PATH, nothing was tested between processes") }
    return found
  }()

  static func run(ranks: Int, _ check: String) throws -> Outcome {
    try run(ranks: ranks, program: "rank-check", [check])
  }

  /// A program built beside this test program, on `ranks` ranks.
  static func run(ranks: Int, program: String, _ arguments: [String]) throws -> Outcome {
    let (mpirun, all) = command(ranks: ranks, program: program, arguments)
    return try launch(mpirun, all)
  }

  /// What is to be started for that.
  static func command(ranks: Int, program: String, _ arguments: [String]) -> (path: String, arguments: [String]) {
    // A hang becomes a failure after two minutes.
    let options = ["--oversubscribe", "--bind-to", "none", "--timeout", "120", "-n", "\(ranks)"]
    return (path ?? "mpirun", (getuid() == 0 ? ["--allow-run-as-root"] : []) + options + [pathOf(program)] + arguments)
  }

  /// Without mpirun.
  static func runAlone(_ check: String) throws -> Outcome { try runAlone(program: "rank-check", [check]) }

  static func runAlone(program: String, _ arguments: [String]) throws -> Outcome {
    try launch(pathOf(program), arguments)
  }

  /// Where a program is that was built beside this test program.
  static func pathOf(_ program: String) -> String {
    let ourselves = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return ourselves.deletingLastPathComponent().appendingPathComponent(program).path
  }

  static func launch(_ path: String, _ arguments: [String]) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a full pipe would stop the ranks.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try ["output", "errors"].map { name in
      let file = folder.appendingPathComponent(name)
      try Data().write(to: file)
      return file
    }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    let ended = process.ends(within: 180)
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return Outcome(output: texts[0], errors: texts[1], code: ended ? process.terminationStatus : 137)
  }
}

extension Process {
  /// Waits for the end by looking, not with `waitUntilExit`, whose run loop was seen to miss it; false, and the process
  /// killed, when it takes longer. A hang is then a failure.
  func ends(within seconds: Double) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while isRunning {
      guard Date() < deadline else {
        kill(processIdentifier, SIGKILL)
        return false
      }
      usleep(2000)
    }
    return true
  }
}
