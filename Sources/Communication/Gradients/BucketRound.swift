import Profiling

/// The exchange of one bucket: partial sums go to the owners of their slices, sums come back.
///
/// Per sender and tag, both sides go through pieces, then partial sums, in the same order, bucket after bucket;
/// messages keep that order, so two tags are enough.
struct BucketRound {
  private enum Tag {
    static let partial = 1
    static let sum = 2
  }

  /// Floats added in one go: two operands and a sum of this size stay in the first-level cache.
  private static let block = 2048

  private let communicator: any Communicator
  private let plan: ReductionPlan
  private let own: [FloatBuffer]
  private let inbox: FloatBuffer
  private let sum: FloatBuffer
  private let slices: BucketSlices
  private var partialReceives: [[Transfer]] = []
  private var others: [Transfer] = []
  private(set) var bytesSent = 0

  /// Starts to send this rank's partial sums of the bucket and to receive what the others have for its slice.
  /// - Parameters:
  ///   - own: this rank's partial sums, finished for this bucket.
  ///   - inbox: room for `plan.remoteCount` slices.
  ///   - sum: where the sum of all ranks goes.
  init(
    bucket: Range<Int>, plan: ReductionPlan, own: [FloatBuffer], inbox: FloatBuffer, sum: FloatBuffer,
    communicator: any Communicator
  ) throws(CommunicationError) {
    self.communicator = communicator
    self.plan = plan
    self.own = own
    self.inbox = inbox
    self.sum = sum
    slices = BucketSlices(bucket: bucket, ranks: communicator.size)
    let span = Profile.operation("bucket sent")
    defer { span.end() }
    try receivePartials()
    // Each rank begins with the one after it, so that not all talk to the same one first.
    for distance in 1..<communicator.size {
      let peer = (communicator.rank + distance) % communicator.size
      for piece in slices.pieces(of: peer) {
        for partial in own { try send(partial, piece, to: peer, tag: Tag.partial) }
        others.append(try receive(sum.pointer, piece, from: peer, tag: Tag.sum))
      }
    }
  }

  /// Finishes the tree for this rank's slice, sends the sums, and waits until the bucket is complete on this rank.
  mutating func finish() throws(CommunicationError) {
    let span = Profile.operation("bucket summed over ranks")
    defer { span.end() }
    for (piece, receives) in zip(slices.pieces(of: communicator.rank), partialReceives) {
      try communicator.wait(receives)
      reduce(piece)
      for distance in 1..<communicator.size {
        try send(sum, piece, to: (communicator.rank + distance) % communicator.size, tag: Tag.sum)
      }
    }
    try communicator.wait(others)
  }

  private mutating func receivePartials() throws(CommunicationError) {
    for piece in slices.pieces(of: communicator.rank) {
      var receives: [Transfer] = []
      for (position, holder) in plan.holders.enumerated() where holder != communicator.rank {
        receives.append(try receive(partial(at: position), piece, from: holder, tag: Tag.partial))
      }
      partialReceives.append(receives)
    }
  }

  /// The partial sum at `position` of the plan, addressed like the flat buffer; only this rank's slice of it is there.
  private func partial(at position: Int) -> UnsafeMutablePointer<Float> {
    if plan.ownPositions.contains(position) { return own[position - plan.ownPositions.lowerBound].pointer }
    let slice = slices.slice(of: communicator.rank)
    let slot = position < plan.ownPositions.lowerBound ? position : position - plan.ownPositions.count
    return inbox.pointer + slot * slice.count - slice.lowerBound
  }

  private func reduce(_ piece: Range<Int>) {
    let partials = plan.holders.indices.map(partial(at:))
    for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.block) {
      let count = min(Self.block, piece.upperBound - start)
      for addition in plan.additions.dropLast() {
        add(partials[addition.source] + start, to: partials[addition.target] + start, count: count)
      }
      if let last = plan.additions.last {
        add(partials[last.target] + start, partials[last.source] + start, into: sum.pointer + start, count: count)
      } else {
        (sum.pointer + start).update(from: partials[0] + start, count: count)
      }
    }
  }

  private mutating func send(
    _ buffer: FloatBuffer, _ piece: Range<Int>, to peer: Int, tag: Int
  ) throws(CommunicationError) {
    let floats = UnsafeBufferPointer(start: buffer.pointer + piece.lowerBound, count: piece.count)
    let bytes = UnsafeRawBufferPointer(floats)
    others.append(try communicator.startSend(bytes, to: peer, tag: tag))
    bytesSent += bytes.count
  }

  private func receive(
    _ pointer: UnsafeMutablePointer<Float>, _ piece: Range<Int>, from peer: Int, tag: Int
  ) throws(CommunicationError) -> Transfer {
    let floats = UnsafeMutableBufferPointer(start: pointer + piece.lowerBound, count: piece.count)
    return try communicator.startReceive(UnsafeMutableRawBufferPointer(floats), from: peer, tag: tag)
  }
}
