/// Every pair of hosts once, in rounds in which no host has two partners: pairs of a round are measured at the same time,
/// so that the whole takes as many rounds as there are hosts, not as there are pairs.
enum Tournament {
  /// The partner of each player in each round; nil for one that rests. The first stays, the others move around a table.
  static func rounds(players: Int) -> [[Int?]] {
    guard players > 1 else { return [] }
    let seats = players + players % 2
    return (0..<seats - 1).map { round in
      let table = [0] + (0..<seats - 1).map { ($0 + round) % (seats - 1) + 1 }
      var partners = [Int?](repeating: nil, count: players)
      for seat in 0..<seats / 2 {
        let (one, other) = (table[seat], table[seats - 1 - seat])
        if one < players, other < players { (partners[one], partners[other]) = (other, one) }
      }
      return partners
    }
  }
}
