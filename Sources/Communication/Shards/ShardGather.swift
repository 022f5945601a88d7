import Profiling

/// Takes to every host what the ranks of the others have updated of a buffer that each host has one of.
public final class ShardGather {
  private let plan: ShardPlan
  private let communicator: any Communicator
  /// Buckets under way at a time; their messages must not be taken for each other's.
  private static let window = 2

  /// `plan`: of all ranks of `communicator`, with one rank for every float.
  public init(_ plan: ShardPlan, _ communicator: any Communicator) {
    precondition(plan.isOverHosts && plan.layout.ranks == communicator.size, "ShardGather: \(plan.layout)")
    self.plan = plan
    self.communicator = communicator
  }

  /// Collective. Sends this rank's ranges of `values` and receives those of its counterparts on other hosts. The other
  /// ranks of this host receive the rest: it is complete when they have met. `floats`: how many are wanted, if not all.
  /// Returns the bytes that this rank sent.
  @discardableResult
  public func callAsFunction(
    _ values: UnsafeMutablePointer<Float>, floats: Int? = nil
  ) throws(CommunicationError) -> Int {
    guard plan.layout.hosts.count > 1 else { return 0 }
    let span = Profile.operation("weights gathered")
    defer { span.end() }
    var (underWay, bytesSent): ([[Transfer]], Int) = ([], 0)
    for (number, bucket) in plan.buckets.enumerated() {
      if underWay.count == Self.window { try communicator.wait(underWay.removeFirst()) }
      let used = bucket.clamped(to: 0..<(floats ?? plan.count))
      underWay.append(try exchange(number, used, values, &bytesSent))
    }
    try communicator.wait(underWay.flatMap { $0 })
    return bytesSent
  }

  private func exchange(
    _ number: Int, _ bucket: Range<Int>, _ values: UnsafeMutablePointer<Float>, _ bytesSent: inout Int
  ) throws(CommunicationError) -> [Transfer] {
    let slices = BucketSlices(bucket: bucket, layout: plan.layout, block: plan.block)
    let (rank, here) = (communicator.rank, plan.layout.host(of: communicator.rank))
    // Each host begins with the one after it, so that not all talk to the same one first.
    let others = (1..<plan.layout.hosts.count).map { (here + $0) % plan.layout.hosts.count }
    func tag(_ piece: BucketSlices.Piece) -> Int { number % Self.window * BucketSlices.mostPieces + piece.number }
    func floats(_ piece: BucketSlices.Piece) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: values + piece.range.lowerBound, count: piece.range.count)
    }
    var transfers: [Transfer] = []
    for host in others {
      for piece in slices.pieces(of: host, for: rank) {
        let from = slices.worker(of: piece.share, on: host)
        transfers.append(
          try communicator.startReceive(UnsafeMutableRawBufferPointer(floats(piece)), from: from, tag: tag(piece)))
      }
    }
    for host in others {
      for piece in slices.pieces(of: here, for: rank) {
        let to = slices.worker(of: piece.share, on: host)
        let bytes = UnsafeRawBufferPointer(floats(piece))
        transfers.append(try communicator.startSend(bytes, to: to, tag: tag(piece)))
        bytesSent += bytes.count
      }
    }
    return transfers
  }
}
