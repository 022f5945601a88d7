import Testing

@testable import Communication

@Suite struct OverlapTimesTests {
  private static func times(_ rounds: [(with: Double, without: Double, communication: Double)]) -> OverlapTimes {
    OverlapTimes(
      ranks: 2, hosts: 2, bytes: 8,
      rounds: rounds.enumerated().map { number, round in
        OverlapTimes.Round(
          with: round.with, without: round.without, communication: round.communication, backward: Double(number))
      })
  }

  @Test func `what a step is longer than its neighbour is exposed, and the rest of the sum is hidden`() {
    let times = Self.times([(2.5, 2, 4)])
    #expect(times.exposedSeconds == 0.5 && times.hiddenShare == 0.875 && times.efficiency == 0.8)
    #expect(times.withSeconds == 2.5 && times.withoutSeconds == 2 && times.communicationSeconds == 4)
  }

  @Test func `a slow while of the machine changes neither what is exposed nor the efficiency`() {
    // The while begins between the two steps of the third round: the medians of either kind lie in different whiles.
    let rounds = [(11.0, 10.0, 2.0), (11, 10, 2), (44, 10, 2), (44, 40, 2), (11, 10, 2)]
    let times = Self.times(rounds)
    #expect(times.exposedSeconds == 1 && times.hiddenShare == 0.5 && times.efficiency == 10 / 11.0)
    let even = Self.times([(3, 2, 2), (9, 8, 2), (5, 4, 2), (7, 6, 2)])
    #expect(even.withSeconds == 6 && even.withoutSeconds == 5 && even.backwardSeconds == 1.5)
  }

  @Test func `without communication there is nothing to hide, and noise is not cut off`() {
    #expect(Self.times([(2, 2, 0)]).hiddenShare == nil)
    #expect(Self.times([(2, 3, 1)]).hiddenShare == 2)
    #expect(Self.times([(5, 2, 1)]).hiddenShare == -2)
  }
}
