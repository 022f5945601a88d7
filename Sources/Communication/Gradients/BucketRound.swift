import Profiling

/// The exchange of one bucket between hosts, as far as it is this rank's work: the partial sums of its host go to the hosts
/// that finish the tree, its own share of the tree is finished, sums go out and come in. Where every host finishes the
/// whole bucket, no sums do.
struct BucketRound: Round {
  /// What the rounds of one step have in common.
  struct Setting {
    let rank: Int
    let layout: HostLayout
    let communicator: any Communicator
    /// The partial sums of this host's ranks, in leaf order, each addressed like the flat buffer.
    let partials: [UnsafeMutablePointer<Float>]
    /// Partial sums that earlier parts of the step have left of this rank's pieces.
    let carried: [UnsafeMutablePointer<Float>]
    /// Where the results go: the sum of all ranks, or what is carried to the next part.
    let results: [UnsafeMutablePointer<Float>]
    let sums: TreeSums
    /// If set, slices of the sum stay on the host that finished them.
    let shards: ShardPlan?
    let wire: GradientWire

    /// In bf16 one host finishes each slice: two would not have the same numbers to add.
    func slices(_ bucket: Range<Int>) -> BucketSlices {
      if let shards { return BucketSlices(bucket: bucket, layout: layout, block: shards.block) }
      if wire != .fp32 { return BucketSlices(bucket: bucket, layout: layout) }
      return BucketSlices(bucket: bucket, layout: layout, plan: sums.plan)
    }
  }

  /// A piece of the slice that this rank's host finishes.
  private struct Incoming {
    let piece: BucketSlices.Piece
    let partials: [Transfer]
  }

  /// Rounds under way at a time; their messages must not be taken for each other's.
  static let window = 2
  private static let mostPartials = 31

  private let setting: Setting
  private let slices: BucketSlices
  private let number: Int
  private let inbox: FloatBuffer
  /// Nil where numbers travel as they are.
  private let wire: WireBuffers?
  private var outgoing: [(hosts: [Int], piece: BucketSlices.Piece)] = []
  private var incoming: [Incoming] = []
  private var sums: [(piece: BucketSlices.Piece, transfer: Transfer)] = []
  private(set) var underWay: [Transfer] = []
  private(set) var bytesSent = 0
  let partsDone = 1

  /// Posts what this rank will receive. `number`: of the bucket in the step. `inbox`: room for `inboxFloats`.
  /// `outside`: room for `wireFloats`.
  init(
    _ number: Int, bucket: Range<Int>, inbox: FloatBuffer, outside: FloatBuffer, _ setting: Setting
  ) throws(CommunicationError) {
    self.setting = setting
    self.number = number
    self.inbox = inbox
    slices = setting.slices(bucket)
    wire =
      setting.wire == .fp32
      ? nil : WireBuffers(bucket: bucket, leaving: setting.sums.plan.ownPositions.count, memory: outside)
    let here = setting.layout.host(of: setting.rank)
    for piece in slices.pieces(of: here, for: setting.rank) {
      var partials: [Transfer] = []
      for (position, host) in setting.sums.plan.world.holders.enumerated() where host != here && host >= 0 {
        let from = slices.worker(of: piece.share, on: host)
        let tag = tag(piece, partial: numberOfPartial(position))
        partials.append(
          try receive(remote(at: position), wire?.coming(slot(of: position)), piece, from: from, tag: tag))
      }
      incoming.append(Incoming(piece: piece, partials: partials))
    }
    // Each rank begins with the host after its own, so that not all talk to the same one first.
    let others = (1..<setting.layout.hosts.count).map { (here + $0) % setting.layout.hosts.count }
    incoming.reverse()
    if slices.isWhole {
      if !setting.sums.plan.ownPositions.isEmpty { outgoing = incoming.map { (others, $0.piece) } }
      return
    }
    let pieces = others.map { host in slices.pieces(of: host, for: setting.rank) }
    for turn in 0..<(pieces.map(\.count).max() ?? 0) {
      for (host, pieces) in zip(others, pieces) where turn < pieces.count {
        if !setting.sums.plan.ownPositions.isEmpty { outgoing.append(([host], pieces[turn])) }
        if setting.shards != nil { continue }
        let from = slices.worker(of: pieces[turn].share, on: host)
        sums.append(
          (
            pieces[turn],
            try receive(setting.results[0], wire?.sum, pieces[turn], from: from, tag: sumTag(pieces[turn]))
          ))
      }
    }
    outgoing.reverse()
    sums.reverse()
  }

  /// Floats that the inbox of a bucket must hold.
  static func inboxFloats(bucket: Range<Int>, _ setting: Setting) -> Int {
    let slice = setting.slices(bucket).slice(of: setting.layout.host(of: setting.rank))
    return setting.sums.plan.remoteCount * slice.count
  }

  /// Floats that what a bucket sends and receives must hold.
  static func wireFloats(bucket: Range<Int>, _ setting: Setting) -> Int {
    let plan = setting.sums.plan
    return setting.wire == .fp32
      ? 0 : WireBuffers.floats(bucket: bucket, leaving: plan.ownPositions.count, coming: plan.remoteCount)
  }

  var isComplete: Bool { outgoing.isEmpty && incoming.isEmpty && sums.isEmpty && underWay.isEmpty }

  mutating func advance(isReady: Bool) throws(CommunicationError) -> Bool {
    var progressed = false
    while isReady, let (hosts, piece) = outgoing.popLast() {
      try send(piece, to: hosts)
      progressed = true
    }
    while isReady, let next = incoming.last, next.partials.allSatisfy(\.isDone) {
      incoming.removeLast()
      try finish(next.piece)
      progressed = true
    }
    while let next = sums.last, next.transfer.isDone {
      sums.removeLast()
      if let wire { widen(wire.sum, into: setting.results[0], next.piece) }
      progressed = true
    }
    let before = underWay.count
    underWay.removeAll(where: \.isDone)
    return progressed || underWay.count < before
  }

  private mutating func send(_ piece: BucketSlices.Piece, to hosts: [Int]) throws(CommunicationError) {
    let span = Profile.operation("partial sums of the host")
    defer { span.end() }
    let remaining = setting.sums.plan.host.remaining.map { setting.partials[$0] }
    setting.sums.host(piece.range, inputs: setting.partials, outputs: remaining)
    if let wire {
      for (index, partial) in remaining.enumerated() { narrow(partial, into: wire.leaving(index), piece) }
    }
    for host in hosts {
      for (index, partial) in remaining.enumerated() {
        try send(
          partial, wire?.leaving(index), piece, to: slices.worker(of: piece.share, on: host),
          tag: tag(piece, partial: index))
      }
    }
  }

  private mutating func finish(_ piece: BucketSlices.Piece) throws(CommunicationError) {
    let span = Profile.operation("bucket summed over ranks")
    defer { span.end() }
    var inputs = setting.partials
    for (position, host) in setting.sums.plan.world.holders.enumerated()
    where host != setting.layout.host(of: setting.rank) && host >= 0 {
      if let wire { widen(wire.coming(slot(of: position)), into: remote(at: position), piece) }
      inputs.append(remote(at: position))
    }
    let sum = slices.isWhole ? setting.sums.rest : setting.sums.world
    sum(piece.range, inputs: inputs + setting.carried, outputs: setting.results)
    guard !slices.isWhole, setting.shards == nil else { return }
    if let wire {
      // What the others will have.
      narrow(setting.results[0], into: wire.sum, piece)
      widen(wire.sum, into: setting.results[0], piece)
    }
    let here = setting.layout.host(of: setting.rank)
    for distance in 1..<max(1, setting.layout.hosts.count) {
      let host = (here + distance) % setting.layout.hosts.count
      try send(setting.results[0], wire?.sum, piece, to: slices.worker(of: piece.share, on: host), tag: sumTag(piece))
    }
  }

  /// The partial sum of another host at `position` of the plan, addressed like the flat buffer; only the slice of this
  /// host is there.
  private func remote(at position: Int) -> UnsafeMutablePointer<Float> {
    let slice = slices.slice(of: setting.layout.host(of: setting.rank))
    return inbox.pointer + slot(of: position) * slice.count - slice.lowerBound
  }

  /// The place of the partial sum at `position` among those of other hosts.
  private func slot(of position: Int) -> Int {
    setting.sums.plan.remoteNumber(position)
  }

  /// Which of its host's partial sums the one at `position` is.
  private func numberOfPartial(_ position: Int) -> Int {
    let holders = setting.sums.plan.world.holders
    return position - (holders.firstIndex(of: holders[position]) ?? 0)
  }

  private func tag(_ piece: BucketSlices.Piece, partial: Int) -> Int {
    precondition(partial < Self.mostPartials, "\(partial) partial sums of one host")
    return (number % Self.window * BucketSlices.mostPieces + piece.number) * (Self.mostPartials + 1) + partial
  }

  private func sumTag(_ piece: BucketSlices.Piece) -> Int { tag(piece, partial: 0) + Self.mostPartials }

  /// What lies in `buffer`, or in `wire` if there is one, both addressed like the flat buffer.
  private mutating func send(
    _ buffer: UnsafeMutablePointer<Float>, _ wire: UnsafeMutablePointer<UInt16>?, _ piece: BucketSlices.Piece,
    to rank: Int, tag: Int
  ) throws(CommunicationError) {
    let bytes = UnsafeRawBufferPointer(memory(buffer, wire, piece))
    bytesSent += bytes.count
    underWay.append(try setting.communicator.startSend(bytes, to: rank, tag: tag))
  }

  private mutating func receive(
    _ buffer: UnsafeMutablePointer<Float>, _ wire: UnsafeMutablePointer<UInt16>?, _ piece: BucketSlices.Piece,
    from rank: Int, tag: Int
  ) throws(CommunicationError) -> Transfer {
    let transfer = try setting.communicator.startReceive(memory(buffer, wire, piece), from: rank, tag: tag)
    underWay.append(transfer)
    return transfer
  }

  private func memory(
    _ buffer: UnsafeMutablePointer<Float>, _ wire: UnsafeMutablePointer<UInt16>?, _ piece: BucketSlices.Piece
  ) -> UnsafeMutableRawBufferPointer {
    let start = wire.map { UnsafeMutableRawPointer($0 + piece.range.lowerBound) }
    return UnsafeMutableRawBufferPointer(
      start: start ?? UnsafeMutableRawPointer(buffer + piece.range.lowerBound),
      count: piece.range.count * setting.wire.bytes)
  }
}

private func narrow(
  _ floats: UnsafeMutablePointer<Float>, into halves: UnsafeMutablePointer<UInt16>, _ piece: BucketSlices.Piece
) {
  narrow(floats + piece.range.lowerBound, into: halves + piece.range.lowerBound, count: piece.range.count)
}

private func widen(
  _ halves: UnsafeMutablePointer<UInt16>, into floats: UnsafeMutablePointer<Float>, _ piece: BucketSlices.Piece
) {
  widen(halves + piece.range.lowerBound, into: floats + piece.range.lowerBound, count: piece.range.count)
}
