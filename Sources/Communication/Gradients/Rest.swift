import Glibc

/// How a thread that found nothing to do passes the time: it looks again for a moment, and then sleeps, longer each time,
/// so that the core goes to whoever has work.
///
/// While it looks it keeps its core for a little, if every rank has one, and then offers it before each look. Ranks that
/// outnumber the cores offer it from the start: a sleep, and the call that ends it, take longer than a short sum.
struct Rest {
  /// What is expected of the network.
  enum Network {
    /// Nothing.
    case quiet
    /// Messages to which this rank has nothing to add yet.
    case early
    case busy
  }

  private static let shortest: Int64 = 20_000
  private static let longest: Int64 = 200_000
  /// Beside a backward pass each look takes the core from it. In that time 250 KB come over 1 Gb/s, and the sockets hold
  /// several times as much.
  private static let beside: Int64 = 2_000_000
  /// In that time the sockets fill up at 1 Gb/s, and whoever is early has something to wait for.
  private static let before: Int64 = 20_000_000
  private static let untilRung: Int64 = 100_000_000
  private static let spins = 2000
  private static let yields = 1000

  private let spins: Int
  private var nanoseconds = Self.shortest
  private var looks = 0

  /// `hasCores`: whether no rank has to wait for a core until another one gives it up.
  init(hasCores: Bool) {
    spins = hasCores ? Self.spins : 0
  }

  /// Something was done: from here on it looks again.
  mutating func begin() { (nanoseconds, looks) = (Self.shortest, 0) }

  /// - Parameters:
  ///   - network: whether it waits for messages too, which do not ring.
  ///   - looks: whether nobody else wants this core; if somebody does, it sleeps at once.
  mutating func take(_ doorbell: Doorbell, since ticket: UInt32, network: Network, looks: Bool) {
    if looks, self.looks < spins + Self.yields {
      self.looks += 1
      if self.looks > spins { sched_yield() }
      return
    }
    doorbell.sleep(since: ticket, atMost: sleep(network, looks: looks))
    nanoseconds = min(2 * nanoseconds, Self.longest)
  }

  /// Nanoseconds of the next sleep, at most.
  func sleep(_ network: Network, looks: Bool) -> Int64 {
    switch network {
    case .quiet: Self.untilRung
    case .early: Self.before
    case .busy: looks ? nanoseconds : Self.beside
    }
  }
}
