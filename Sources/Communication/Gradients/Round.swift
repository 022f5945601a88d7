/// The sum of one bucket over the ranks, as far as it is one rank's work. It never waits: `advance` does what can be done
/// now.
protocol Round {
  /// Whether this rank has done all it can.
  var isComplete: Bool { get }
  /// Its messages that were not found complete; who calls `advance` looks at them before. The network tells nobody when
  /// something arrives.
  var underWay: [Transfer] { get }
  var bytesSent: Int { get }
  /// Parts of the host's work that this rank did, where ranks take them as they come.
  var partsDone: Int { get }

  /// Does all the work that can be done; false if there is none.
  /// - Parameter isReady: whether the partial sums of all ranks of this host are final for the bucket.
  mutating func advance(isReady: Bool) throws(CommunicationError) -> Bool
}
