import Testing

@testable import Communication

@Suite struct OrderTimesTests {
  private static func times(_ rounds: [(fixed: Double, running: Double, library: Double?)]) -> OrderTimes {
    OrderTimes(
      rounds: rounds.enumerated().map { number, round in
        var steps: OrderTimes.Round = [
          .fixed: .init(seconds: round.fixed, folding: Double(number) + 0.75),
          .running: .init(seconds: round.running, folding: 0.25),
        ]
        if let library = round.library { steps[.library] = .init(seconds: library, folding: 0) }
        return steps
      })
  }

  @Test func `the fixed tree is held against whichever other setting is faster`() {
    let behindRunning = Self.times([(3, 2, 2.5)])
    #expect(behindRunning.fastest == .running && behindRunning.fixedOverFastest == 1.5)
    #expect(behindRunning.fixedOverLibrary == 1.2 && behindRunning.librarySeconds == 2.5)
    let behindLibrary = Self.times([(3, 2.5, 2)])
    #expect(behindLibrary.fastest == .library && behindLibrary.fixedOverFastest == 1.5)
    #expect(behindLibrary.fixedOverRunning == 1.2)
    let ahead = Self.times([(3, 4, nil)])
    #expect(ahead.fastest == .running && ahead.fixedOverFastest == 0.75)
    #expect(ahead.librarySeconds == nil && ahead.fixedOverLibrary == nil)
  }

  @Test func `a slow while of the machine changes no ratio`() {
    // It begins between the steps of the third round.
    let times = Self.times([(11, 10, 5), (11, 10, 5), (44, 10, 20), (44, 40, 20), (11, 10, 5)])
    #expect(times.fixedOverRunning == 1.1 && times.fixedOverLibrary == 2.2 && times.rounds == 5)
    #expect(times.fixedSeconds == 11 && times.runningSeconds == 10 && times.librarySeconds == 5)
  }

  @Test func `folding is what the fixed tree clears and adds more`() {
    // 0.5, 1.5 and 2.5 s more.
    let times = Self.times([(5, 4, nil), (6, 4, nil), (7, 4, nil)])
    #expect(times.foldingSeconds == 1.5 && times.foldingShare == 0.375)
  }
}
