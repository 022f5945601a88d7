import Testing

@testable import Communication

/// What follows from the beats that come or do not come, at times that are set by hand.
@Suite struct HeartbeatLedgerTests {
  private static let deadlines = HeartbeatDeadlines { _ in nil }

  private static func ledger(_ ranks: [Int]) -> HeartbeatLedger {
    HeartbeatLedger(hosts: ranks.map { ($0, "n\($0)") }, deadlines: deadlines, now: 0)
  }

  private static func beat(
    _ rank: Int, step: Int = 5, count: Int = 9, idle: Double = 0, inside: Bool = true, phase: String = "step",
    median: Double = 1
  ) -> Heartbeat {
    Heartbeat(
      kind: .beat, rank: rank, run: 1,
      position: FlightRecorder.Position(
        step: step, phase: phase, operation: "gather 9, 8 bytes, under way", count: count, isInOperation: inside,
        idleSeconds: idle, medianStepSeconds: median > 0 ? median : nil))
  }

  /// What rank 0 finds when the others beat every second as `beats` says; verdicts with the second they came in.
  private static func watch(
    seconds: Int, own: Heartbeat? = nil, _ beats: (Int) -> [Heartbeat]
  ) -> [(second: Int, verdict: HeartbeatLedger.Verdict)] {
    var ledger = ledger([1, 2])
    var found: [(Int, HeartbeatLedger.Verdict)] = []
    for second in 1...seconds {
      for beat in beats(second) { ledger.hear(beat, now: Double(second)) }
      found += ledger.look(own: own.map { idle($0, second) }, ownHost: "n0", now: Double(second)).map { (second, $0) }
    }
    return found
  }

  /// As long without progress as the watch lasts.
  private static func idle(_ beat: Heartbeat, _ second: Int) -> Heartbeat {
    var beat = beat
    beat.idleMilliseconds = second * 1000
    return beat
  }

  @Test func `a rank without a beat for more than eight seconds is lost, and named with its host and last operation`() {
    let found = Self.watch(seconds: 19) { $0 <= 10 ? [Self.beat(1), Self.beat(2)] : [Self.beat(1)] }
    #expect(found.first?.second == 19 && found.count == 1)
    #expect(
      found.first?.verdict
        == .lost(
          "rank 2 on n2 has been silent for 9 s (step 5, step; last operation: gather 9, 8 bytes, under way)"))
  }

  @Test func `all that are silent are named`() {
    let found = Self.watch(seconds: 12) { $0 < 3 ? [Self.beat(1), Self.beat(2)] : [] }
    guard case .lost(let sentence) = found.first?.verdict else { return #expect(Bool(false), "\(found)") }
    #expect(sentence.contains("rank 1 on n1 has been silent") && sentence.contains(", rank 2 on n2 has been silent"))
  }

  @Test func `a rank that took its leave may be silent`() {
    let found = Self.watch(seconds: 60) {
      switch $0 {
      case 1...3: [Self.beat(1), Self.beat(2)]
      case 4: [Self.beat(1), Heartbeat(kind: .leaving, rank: 2, run: 1)]
      default: [Self.beat(1)]
      }
    }
    #expect(found.isEmpty)
  }

  @Test func `ranks that were never heard end nothing, and that is said once`() {
    let found = Self.watch(seconds: 100) { _ in [Self.beat(2)] }
    #expect(found.count == 1 && found.first?.second == 17)
    guard case .warning(let sentence) = found.first?.verdict else { return #expect(Bool(false), "\(found)") }
    #expect(sentence.hasPrefix("no heartbeat has come from rank 1: ") && sentence.contains("let UDP through"))
  }

  @Test func `who was stopped himself blames nobody`() {
    var ledger = Self.ledger([1])
    ledger.hear(Self.beat(1), now: 1)
    #expect(ledger.look(own: nil, ownHost: "n0", now: 1) == [])
    // Half an hour of suspension; the others' beats are still in the socket.
    #expect(ledger.look(own: nil, ownHost: "n0", now: 1801) == [])
    #expect(ledger.look(own: nil, ownHost: "n0", now: 1803) == [])
    ledger.hear(Self.beat(1), now: 1804)
    for second in 1805...1812 { #expect(ledger.look(own: nil, ownHost: "n0", now: Double(second)) == []) }
    #expect(ledger.look(own: nil, ownHost: "n0", now: 1813) != [])
  }

  @Test func `ranks that beat without progress are told of after ten seconds or five steps, once`() {
    for (median, seconds) in [(1.0, 11), (4, 21)] {
      let found = Self.watch(seconds: 60, own: Self.beat(0, median: median)) { second in
        [
          Self.beat(1, count: 8, idle: Double(second), inside: false, median: median),
          Self.beat(2, idle: Double(second), median: median),
        ]
      }
      #expect(found.count == 1 && found.first?.second == seconds)
      guard case .warning(let sentence) = found.first?.verdict else { return #expect(Bool(false), "\(found)") }
      // Not one of those that wait for it.
      #expect(sentence.hasPrefix("rank 1 on n1 has done nothing for \(seconds) s (step 5, step; last operation: "))
    }
  }

  @Test func `without progress for two minutes or thirty steps the run is lost`() {
    for (median, seconds) in [(1.0, 121), (10, 301)] {
      let found = Self.watch(
        seconds: 310, own: Self.beat(0, count: 3, inside: false, median: median)
      ) { second in [1, 2].map { Self.beat($0, idle: Double(second), median: median) } }
      let lost = found.first { if case .lost = $0.verdict { true } else { false } }
      #expect(lost?.second == seconds)
      guard case .lost(let sentence) = lost?.verdict else { continue }
      #expect(sentence.hasPrefix("rank 0 on n0 has done nothing for \(seconds) s"))
    }
  }

  @Test func `a long checkpoint, evaluation or first step is no stall, nor is one rank that works on`() {
    for phase in ["checkpoint", "evaluation", "stage"] {
      let found = Self.watch(seconds: 900, own: Self.beat(0, phase: phase)) { second in
        [1, 2].map { Self.beat($0, idle: Double(second), phase: phase) }
      }
      #expect(found.isEmpty)
    }
    let first = Self.watch(seconds: 900, own: Self.beat(0, median: 0)) { second in
      [1, 2].map { Self.beat($0, idle: Double(second), median: 0) }
    }
    #expect(first.isEmpty)
    let working = Self.watch(seconds: 900, own: Self.beat(0)) { second in
      [Self.beat(1, idle: Double(second)), Self.beat(2, idle: 0, inside: false)]
    }
    #expect(working.isEmpty)
  }

  @Test func `deadlines can be set, and nonsense changes nothing`() {
    let set = HeartbeatDeadlines { ["VLM_DIST_SILENCE_SECONDS": "3", "VLM_DIST_STALL_SECONDS": "20"][$0] }
    #expect(set.silence == 3 && set.stall == 20 && set.interval == 0.5)
    for nonsense in ["", "x", "-1", "0", "nan", "inf"] {
      #expect(HeartbeatDeadlines { _ in nonsense } == Self.deadlines)
    }
    #expect(Self.deadlines.silence <= 15 && Self.deadlines.interval == 1)
  }
}
