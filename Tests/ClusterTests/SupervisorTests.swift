import Foundation
import Testing

/// launch/run with an mpirun that only does what a plan says, and an ssh that reaches some hosts.
@Suite struct SupervisorTests {
  private let folder: TemporaryFolder
  private var run: String { folder.path + "/a run" }

  init() throws {
    folder = try TemporaryFolder()
    // The plan's nth line is the nth start: its exit code, the step of the checkpoint that it writes, what it says.
    try folder.script(
      "mpirun",
      """
      cd "${0%/*}"
      printf '%s ' "$@" >>calls
      printf '\\n' >>calls
      read -r code step words < <(sed -n "$(wc -l <calls)p" plan)
      [[ $step == 0 ]] || { mkdir -p "a run/checkpoints/step-$step"; touch "a run/checkpoints/step-$step/manifest.json"; }
      [[ -z $words ]] || echo "vlm-dist: $words" >&2
      exit "$code"
      """)
    try folder.script(
      "ssh",
      """
      while [[ $1 == -o ]]; do shift 2; done
      ! grep -qx "$1" "${0%/*}/dead" || exit 255
      shift
      # As sshd does it, by a login shell.
      bash -c "$*"
      echo $? >>"${0%/*}/remote"
      """)
    try write("dead", "")
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
  }

  private func supervise(
    _ plan: [String], _ arguments: [String], seconds: Double = 30, environment more: [String: String] = [:]
  ) throws -> Command.Outcome {
    try write("plan", plan.joined(separator: "\n") + "\n")
    return try Command(
      "launch/run", ["--run", run, "--backoff", "0"] + arguments, environment: environment.merging(more) { $1 }
    ).outcome(seconds: seconds)
  }

  private var environment: [String: String] {
    [
      "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
      "VLM_DIST_PROGRAM": Checkout.program,
    ]
  }

  private func calls() throws -> [String] {
    try String(contentsOfFile: folder.path + "/calls", encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// supervisor.json, values as they print.
  private func state() throws -> [String: String] {
    let data = try Data(contentsOf: URL(fileURLWithPath: run + "/supervisor.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return object.mapValues { "\($0)" }
  }

  @Test func `after a crash it starts again until the run is finished`() throws {
    let outcome = try supervise(
      ["137 10 rank 1 died", "205 0 the link is down", "70 20 x", "0 30 done"],
      ["--ranks", "3", "r.yaml", "--", "--set", "seed=1"])
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(try calls().count == 4)
    #expect(
      try calls().allSatisfy { $0.contains(" -np 3 ") && $0.hasSuffix("train r.yaml --run \(run) --set seed=1 ") })
    let state = try state()
    #expect(state["state"] == "finished" && state["exit_code"] == "0" && state["last_step"] == "30")
    #expect(state["restarts"] == "3" && state["restarts_without_progress"] == "0" && state["last_error"] == "<null>")
    #expect(outcome.output.contains("ended with code 137 (vlm-dist: rank 1 died); restart 1 from step 10 in 0 s"))
  }

  @Test func `it gives up after so many restarts without a newer checkpoint, and counts anew after one`()
    throws
  {
    let outcome = try supervise(
      ["1 0 a", "1 0 b", "1 10 c", "1 0 d", "1 10 e", "137 0 the \"last\" \\ word", "0 0 never"],
      ["--ranks", "1", "--max-restarts", "2"])
    #expect(outcome.code == 137, "\(outcome.output)")
    #expect(try calls().count == 6)
    let state = try state()
    #expect(state["state"] == "failed" && state["exit_code"] == "137" && state["restarts"] == "5")
    #expect(state["restarts_without_progress"] == "3" && state["last_step"] == "10")
    #expect(state["last_error"] == "vlm-dist: the \"last\" \\ word")
    #expect(outcome.output.contains("2 restarts and no newer checkpoint than step 10: giving up"))
  }

  @Test(arguments: ["", "/"])
  func `--fresh sets a run aside once, not at every restart, and a new run not at all`(slash: String) throws {
    let manager = FileManager.default
    let options = ["--run", run + slash, "--ranks", "1", "--", "--fresh", "--set", "seed=1"]
    #expect(try supervise(["0 50 done"], options).code == 0)
    #expect(!manager.fileExists(atPath: run + ".old-1"))
    try manager.createDirectory(atPath: run + ".old-1", withIntermediateDirectories: false)
    try manager.removeItem(atPath: folder.path + "/calls")

    let outcome = try supervise(["137 10 died", "137 20 died", "0 30 done"], options)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(outcome.output.hasPrefix("run: \(run)\(slash) was set aside as \(run).old-2\n"))
    #expect(try calls().map { $0.hasSuffix(" --run \(run)\(slash) --set seed=1 ") } == [true, true, true])
    #expect(try state()["last_step"] == "30" && state()["restarts_without_progress"] == "0")
    let kept = try manager.contentsOfDirectory(atPath: run + ".old-2/checkpoints")
    #expect(kept == ["step-50"] && !manager.fileExists(atPath: run + ".old-3"))
  }

  @Test func `a crash without a word is told by its code`() throws {
    #expect(try supervise(["137 10", "139 0"], ["--ranks", "1", "--max-restarts", "0"]).code == 139)
    #expect(try state()["last_error"] == "launch/sft ended with code 139" && state()["restarts"] == "1")
  }

  @Test func `an mpirun that says it lost a rank and does not end is killed`() throws {
    try folder.script(
      "mpirun", "[[ ! -e ${0%/*}/again ]] || exit 0; touch ${0%/*}/again; echo mpirun noticed a loss >&2; sleep 100")
    let outcome = try supervise([], ["--ranks", "1"], seconds: 80)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(try state()["restarts"] == "1")
    #expect(outcome.output.contains("mpirun does not end; it is killed"))
  }

  @Test(arguments: [64, 65, 66, 69])
  func `a fault that would come again ends it at once`(code: Int32) throws {
    let outcome = try supervise(["\(code) 0 wrong recipe"], ["--ranks", "1"])
    #expect(outcome.code == code)
    #expect(try calls().count == 1)
    #expect(try state()["state"] == "failed" && state()["last_error"] == "vlm-dist: wrong recipe")
  }

  @Test func `a fault of the data after progress is tried once more`() throws {
    #expect(try supervise(["65 10 file server away", "65 0 still away", "0 0 never"], ["--ranks", "1"]).code == 65)
    #expect(try calls().count == 2)
  }

  @Test func `a signal in the pause before a restart is a pause, not a fault of the script`() throws {
    // As a terminal does it: the signal goes to the script and to the sleep that it waits for. Not SIGINT, which a shell in
    // the background does not hear.
    try folder.script("sleep", "[[ $* != 1 ]] || kill -TERM \"$PPID\"\nexit 143")
    let outcome = try supervise(["137 0 died", "0 20 never"], ["--ranks", "1", "--backoff", "5"])
    #expect(outcome.code == 75, "\(outcome.output)")
    #expect(try state()["state"] == "paused")
    #expect(try calls().count == 1)
  }

  @Test func `ranks that somebody else told to save and stop are started again`() throws {
    #expect(try supervise(["137 10 died", "75 20 saved", "0 30 done"], ["--ranks", "1"]).code == 0)
    #expect(try calls().count == 3)
    #expect(try state()["state"] == "finished" && state()["restarts"] == "2")
  }

  @Test func `a start whose ranks do not find each other is a crash, and one that has begun may be quiet`() throws {
    // Rank 0 writes into the lock when all are there.
    try folder.script(
      "mpirun",
      """
      cd "${0%/*}"
      echo >>calls
      case $(wc -l <calls) in
      1) exec sleep 100 ;;
      *) echo process 5 >"a run/lock" && sleep 8 ;;
      esac
      """)
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    // An earlier one's says nothing.
    try write("a run/lock", "process 4\n")
    let outcome = try supervise([], ["--ranks", "1", "--start-timeout", "05"], seconds: 60)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(outcome.output.contains("run: no training has begun after 5 s"))
    #expect(outcome.output.contains("ended with code 137 (no training has begun after 5 s"))
    #expect(try state()["restarts"] == "1")
  }

  @Test func `--fresh leaves a run alone in which a training is at work without supervision`() throws {
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    try write("a run/lock", "process 4\n")
    let holder = try Command("/usr/bin/flock", [run + "/lock", "-c", "touch '\(folder.path)/held'; exec sleep 60"])
    #expect(holder.wait(seconds: 20) { FileManager.default.fileExists(atPath: folder.path + "/held") })
    defer { holder.send(SIGTERM) }
    let outcome = try supervise(["0 0 never"], ["--ranks", "1", "--", "--fresh"])
    #expect(outcome.code == 69 && outcome.output.contains("a training is at work in \(run)"), "\(outcome.output)")
    #expect(try String(contentsOfFile: run + "/lock", encoding: .utf8) == "process 4\n")
  }

  @Test func `a log whose reader has gone ends nothing`() throws {
    try write("plan", "137 10 rank 1 died\n0 20 done\n")
    let outcome = try Command(
      "/bin/bash",
      ["-c", "set -o pipefail; \"$0\" \"$@\" 2> >(exec true)", Checkout.file("launch/run").path]
        + ["--run", run, "--ranks", "1", "--backoff", "1"], environment: environment
    ).outcome(seconds: 30)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(try state()["state"] == "finished" && state()["restarts"] == "1")
  }

  /// 128 and more: start it again; less: do not.
  @Test(
    arguments: [
      (["137 10 died", "0 20 done"], 0), (["64 0 wrong recipe"], 64),
      (["137 0 a", "137 0 b"], 70), (["76 0 a", "76 0 b"], 76),
    ] as [([String], Int32)])
  func `--retry-code tells by the code alone whether another start goes on`(plan: [String], code: Int32) throws {
    #expect(try supervise(plan, ["--ranks", "1", "--max-restarts", "1", "--retry-code", "143"]).code == code)
    #expect(try state()["exit_code"] == "\(code)")
  }

  @Test func `with too few hosts --retry-code says that another start may go on`() throws {
    try write("hosts", "n1 slots=1\n")
    try write("dead", "n1\n")
    let few = ["--hostfile", folder.path + "/hosts", "--host-wait", "0", "--retry-code", "200"]
    #expect(try supervise(["0 0 never"], few).code == 200)
    #expect(try state()["state"] == "hosts" && state()["exit_code"] == "200")
  }

  @Test(
    arguments: [(75, 143), (76, 143), (1, 143), (137, 137), (0, 0), (64, 64), (65, 65), (70, 70), (74, 143)]
      as [(Int32, Int32)])
  func `launch/sft --retry-code changes the codes after which another start goes on, and no others`(
    code: Int32, left: Int32
  ) throws {
    try write("plan", "\(code) 0\n")
    let environment = [
      "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
      "VLM_DIST_PROGRAM": Checkout.program,
    ]
    let options = ["--run", run, "--ranks", "1"]
    let changed = try Command.run("launch/sft", options + ["--retry-code", "143"], environment: environment)
    #expect(changed.code == left, "\(changed.output)")
    try FileManager.default.removeItem(atPath: folder.path + "/calls")
    #expect(try Command.run("launch/sft", options, environment: environment).code == code)
  }

  @Test func `hosts that do not answer are left out, and ranks with them in proportion`() throws {
    // Text editors may leave the end of the last line out.
    try write("hosts", "n1 slots=4 # the first\n\nn2 slots=2\nn3 slots=2")
    try write("dead", "n2\n")
    let outcome = try supervise(["0 1 done"], ["--hostfile", folder.path + "/hosts", "--min-hosts", "2"])
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(outcome.output.contains("going on with 2 of 3 hosts"))
    #expect(try calls().allSatisfy { $0.contains(" -np 6 ") })
    #expect(try state()["hosts"] == "2" && state()["ranks"] == "6")
    // The probe, and the end of what may be left, on two hosts each.
    let remote = try String(contentsOfFile: folder.path + "/remote", encoding: .utf8)
    #expect(remote == String(repeating: "0\n", count: 4))
  }

  @Test func `with too few hosts it waits, then says so in state and code`() throws {
    try write("hosts", "n1 slots=1\nn2 slots=1\n")
    try write("dead", "n1\n")
    let outcome = try supervise(
      ["0 0 never"], ["--hostfile", folder.path + "/hosts", "--min-hosts", "2", "--host-wait", "1"])
    #expect(outcome.code == 69, "\(outcome.output)")
    #expect(try state()["state"] == "hosts")
    #expect(try state()["last_error"]?.hasPrefix("1 of 2 hosts answer and --min-hosts is 2") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/calls"))
  }

  @Test func `it goes on when its folder in tmp was cleaned away, and says why it does not when all of tmp is gone`()
    throws
  {
    let temporary = folder.path + "/tmp"
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
    try folder.script(
      "mpirun",
      """
      cd "${0%/*}"
      echo >>calls
      case $(wc -l <calls) in
      1) rm -rf tmp/* && exit 137 ;;
      2) exit 0 ;;
      *) rm -rf tmp && exit 137 ;;
      esac
      """)
    let cleaned = try supervise([], ["--ranks", "1"], environment: ["TMPDIR": temporary])
    #expect(cleaned.code == 0, "\(cleaned.output)")
    #expect(try state()["state"] == "finished" && state()["restarts"] == "1")
    let gone = try supervise([], ["--ranks", "1"], environment: ["TMPDIR": temporary])
    #expect(gone.code == 1 && gone.output.contains("run: launch/run broke off at line "), "\(gone.output)")
    let state = try state()
    #expect(state["state"] == "failed" && state["exit_code"] == "1")
    #expect(state["last_error"]?.contains("mktemp") == true, "\(state)")
  }

  @Test func `what a killed mpirun left in memory and in tmp goes, but not what somebody uses`() throws {
    let manager = FileManager.default
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let temporary = folder.path + "/tmp"
    // No process has this number: the kernel's largest is 4194304.
    let folders = "\(temporary)/ompi.\(host).\(getuid())"
    let dead = folders + "/pid.4194305"
    let alive = folders + "/pid.\(getpid())"
    for path in [dead, alive] { try manager.createDirectory(atPath: path, withIntermediateDirectories: true) }
    let segment = "/dev/shm/vader_segment.\(host).\(getuid()).\(UUID().uuidString)"
    let (left, used, young) = (segment + ".0", segment + ".1", segment + ".2")
    defer { for path in [left, used, young] { try? manager.removeItem(atPath: path) } }
    for path in [left, used, young] { try Data(count: 4096).write(to: URL(fileURLWithPath: path)) }
    for path in [left, used] {
      try manager.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -300)], ofItemAtPath: path)
    }
    let file = open(used, O_RDWR)
    let mapped = mmap(nil, 4096, PROT_READ, MAP_SHARED, file, 0)
    close(file)
    defer { munmap(mapped, 4096) }
    let outcome = try supervise(["137 10 died", "0 20 done"], ["--ranks", "1"], environment: ["TMPDIR": temporary])
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect([dead, alive, left, used, young].map(manager.fileExists) == [false, true, false, true, true])
  }

  @Test func `a log that cannot be written ends nothing`() throws {
    try write("plan", "137 10 rank 1 died\n0 20 done\n")
    let outcome = try Command(
      "/bin/bash",
      ["-c", "exec \"$0\" \"$@\" 2>/dev/full", Checkout.file("launch/run").path]
        + ["--run", run, "--ranks", "1"], environment: environment
    ).outcome(seconds: 30)
    #expect(outcome.code == 0)
    #expect(try state()["state"] == "finished" && state()["restarts"] == "1")
  }

  @Test(arguments: [SIGTERM, SIGHUP])
  func `a run directory has one supervisor, and a signal is handed to what it started`(signal: Int32) throws {
    try folder.script("mpirun", "trap 'exit 75' USR1; touch \"${0%/*}/started\"; while true; do sleep 0.1; done")
    let first = try Command(
      "launch/run", ["--run", run, "--ranks", "1"] + (signal == SIGHUP ? ["--retry-code", "143"] : []),
      environment: environment)
    #expect(first.wait(seconds: 20) { FileManager.default.fileExists(atPath: folder.path + "/started") })
    #expect(try state()["state"] == "running" && state()["pid"] == "\(first.processIdentifier)")
    try write("a run/journal.jsonl", "")
    for more in [[], ["--", "--fresh"]] {
      let second = try Command("launch/run", ["--run", run, "--ranks", "1"] + more, environment: environment)
        .outcome(seconds: 20)
      #expect(second.code == 69 && second.output.contains("is supervised by another launch/run"), "\(second.output)")
    }
    #expect(FileManager.default.fileExists(atPath: run + "/journal.jsonl"))
    first.send(signal)
    let ended = first.outcome(seconds: 20)
    let code: Int32 = signal == SIGHUP ? 143 : 75
    #expect(ended.code == code, "\(ended.output)")
    #expect(try state()["state"] == "paused" && state()["exit_code"] == "\(code)")
  }

  @Test func `a hostfile that is not there and a run directory that cannot be made or moved are named`() throws {
    let none = folder.path + "/none"
    #expect(try supervise([], ["--hostfile", none]).code == 66)
    try write("file", "")
    let outcome = try Command.run("launch/run", ["--run", folder.path + "/file/x"])
    #expect(outcome.code == 74 && outcome.output.contains("cannot make the run directory \(folder.path)/file/x"))
    let here = try Command.run("launch/run", ["--run", folder.path + "/.", "--", "--fresh"])
    #expect(here.code == 74 && here.output.contains("cannot set \(folder.path)/. aside"), "\(here.output)")
  }
}
