import Testing

@testable import Diagnosis

struct TournamentTests {
  @Test(arguments: 0...17)
  func `every pair meets once, and nobody has two partners in a round`(players: Int) {
    let rounds = Tournament.rounds(players: players)
    #expect(rounds.count == (players < 2 ? 0 : players - 1 + players % 2))
    var met: [Set<Int>] = []
    for partners in rounds {
      for (one, other) in partners.enumerated() {
        guard let other else { continue }
        #expect(partners[other] == one && one != other)
        if one < other { met.append([one, other]) }
      }
      #expect(partners.count { $0 == nil } == players % 2)
    }
    #expect(met.count == players * (players - 1) / 2)
    #expect(Set(met).count == met.count)
  }
}
