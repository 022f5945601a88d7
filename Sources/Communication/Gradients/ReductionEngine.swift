/// Sums the buckets of one step after the other over all ranks: shared memory inside a host, messages between hosts.
///
/// It runs in whichever thread calls `run`, and keeps no core that somebody else may want.
final class ReductionEngine: @unchecked Sendable {
  /// One step, as the engine sees it.
  struct Step: Sendable {
    let plan: ReductionPlan
    let fold: LastLeafFold
    /// Floats at the beginning of the flat buffer that the step uses.
    let floats: Int
  }

  /// Whether a bucket's last leaf is final.
  enum Readiness {
    case ready, notYet, stopped
  }

  struct Statistics: Sendable {
    var bytesSent = 0

    mutating func add(_ other: Statistics) { bytesSent += other.bytesSent }
  }

  /// The sum over all ranks, one for all ranks of the host; valid until any of them begins the next step.
  let sum: FloatBuffer
  let group: HostGroup
  private let communicator: any Communicator
  private let buckets: [Range<Int>]
  private let floatCount: Int
  /// If set, a rank is given the sum of its own shard alone.
  private let shards: ShardPlan?
  private let wire: GradientWire
  private let recorder: FlightRecorder
  private let progress: BucketProgress
  /// The segments with the partial sums of the host's ranks.
  private let slots: [SharedSegment]
  private var inboxes = (0..<BucketRound.window).map { _ in FloatBuffer(count: 0) }
  /// What is under way in bf16.
  private var outsides = (0..<BucketRound.window).map { _ in FloatBuffer(count: 0) }
  /// What parts of a step leave for the next one, as far as this rank's pieces go.
  private var carried = CarriedSums()
  private var slotsMade = 0
  private var steps: UInt64 = 0
  private var bucketsReady: UInt64 = 0
  private var bucketsFinished: UInt64 = 0
  /// Buckets of the step whose leaf has given back its memory.
  private var released = 0
  /// Those of the step before.
  private var sums: TreeSums?
  /// Whether a share of a bucket is whoever's takes it.
  private let sharesAreTaken: Bool
  /// Parts of the work, over all steps, that this rank did, and that the ranks of the host do.
  private var (partsDone, parts) = (0, 0)

  /// More than the partial sums that a rank can have at a time; memory is taken only for those it has.
  private static let slotCount = 40

  /// Collective. `communicator` is used by no one else while `run` runs. `recorder`: is told of every step, and how far
  /// it is.
  init(
    communicator: any Communicator, group: HostGroup, floatCount: Int, buckets: [Range<Int>], shards: ShardPlan? = nil,
    wire: GradientWire, recorder: FlightRecorder
  ) throws(CommunicationError) {
    self.communicator = communicator
    self.group = group
    self.buckets = buckets
    self.floatCount = floatCount
    self.recorder = recorder
    progress = BucketProgress(of: buckets.count)
    self.shards = shards
    self.wire = wire
    // Where sums are carried, they are with the rank that has the shard.
    sharesAreTaken = group.layout.hosts.count == 1 && !(shards?.shardsGradients ?? false)
    slots = try group.share(bytes: Self.slotCount * FloatBuffer.slotBytes(floatCount))
    // The first rank of a host provides the room for its sum.
    let sums = try group.share(bytes: FloatBuffer.slotBytes(floatCount))
    sum = FloatBuffer(sums[0], slot: 0, count: floatCount)
  }

  /// One of this rank's buffers, where the other ranks of the host can read it.
  func buffer(slot: Int) -> FloatBuffer { FloatBuffer(slots[group.index], slot: slot, count: floatCount) }

  /// One step; the ranks of all hosts call it with the same plan. Nil when it was told to stop.
  /// - Parameters:
  ///   - readiness: of a bucket; asked in bucket order.
  ///   - mayLook: whether nobody else wants this core: the caller waits for nothing but this.
  func run(
    _ step: Step, readiness: (Int) -> Readiness, mayLook: () -> Bool
  ) throws(CommunicationError) -> Statistics? {
    progress.set(folded: 0, started: 0, finished: 0)
    return try recorder.operation(
      "sum over the ranks", bytes: floatCount * MemoryLayout<Float>.stride, buckets: progress
    ) { () throws(CommunicationError) in
      try sumBuckets(of: step, readiness: readiness, mayLook: mayLook)
    }
  }

  private func sumBuckets(
    of step: Step, readiness: (Int) -> Readiness, mayLook: () -> Bool
  ) throws(CommunicationError) -> Statistics? {
    var statistics = Statistics()
    steps += 1
    let firstBucket = bucketsReady
    released = 0
    group.setSlots(step.fold.remaining.map(\.slot))
    // What is ready at once says so itself.
    group.publish(.begun, steps, rings: readiness(0) != .ready)
    var setting: BucketRound.Setting?
    var rounds: [(bucket: Int, round: any Round)] = []
    // The shares of one bucket must be taken before those of the next one are.
    let window = sharesAreTaken ? 1 : BucketRound.window
    var (folded, started) = (0, 0)
    var rest = Rest(hasCores: group.hasCores)
    while folded < buckets.count || started < buckets.count || !rounds.isEmpty {
      let ticket = group.doorbell.ticket
      var progressed = false
      if folded < buckets.count {
        switch readiness(folded) {
        case .stopped: return nil
        case .notYet: break
        case .ready:
          step.fold.fold(bucket(folded, of: step))
          folded += 1
          bucketsReady += 1
          group.publish(.ready, bucketsReady)
          progressed = true
        }
      }
      // Bucket by bucket, even where a later one is complete first: tags and inboxes are used again in this order.
      if started < buckets.count, started < (rounds.first?.bucket ?? started) + window {
        if setting == nil, group.least(.begun) >= steps { setting = self.setting(for: step.plan) }
        if let setting {
          rounds.append((started, try round(started, of: step, firstBucket, setting)))
          started += 1
          progressed = true
        }
      }
      let underWay = rounds.flatMap { $0.round.underWay }
      if !underWay.isEmpty { try communicator.look(at: underWay) }
      for index in rounds.indices {
        let isReady = group.least(.ready) > firstBucket + UInt64(rounds[index].bucket)
        if try rounds[index].round.advance(isReady: isReady) { progressed = true }
      }
      for (_, round) in rounds where round.isComplete {
        statistics.bytesSent += round.bytesSent
        partsDone += round.partsDone
      }
      rounds.removeAll { $0.round.isComplete }
      release(step, until: rounds.first?.bucket ?? started, firstBucket)
      if progressed {
        progress.set(folded: folded, started: started, finished: rounds.first?.bucket ?? started)
        rest.begin()
      } else {
        try communicator.checkRunning()
        let network: Rest.Network = underWay.isEmpty ? .quiet : folded == 0 ? .early : .busy
        rest.take(group.doorbell, since: ticket, network: network, looks: mayLook())
      }
    }
    group.publish(.done, UInt64(partsDone))
    parts += partsOf(step)
    rest.begin()
    while true {
      let ticket = group.doorbell.ticket
      if group.total(.done) >= UInt64(parts) { break }
      try communicator.checkRunning()
      rest.take(group.doorbell, since: ticket, network: .quiet, looks: mayLook())
    }
    if releasesLeaves { step.fold.release((released..<buckets.count).map { bucket($0, of: step) }) }
    return statistics
  }

  /// What the step uses of a bucket.
  private func bucket(_ number: Int, of step: Step) -> Range<Int> { buckets[number].clamped(to: 0..<step.floats) }

  /// Parts of the work that the ranks of the host do in a step.
  private func partsOf(_ step: Step) -> Int {
    guard sharesAreTaken else { return buckets.count * group.ranks.count }
    return buckets.indices.reduce(0) {
      $0 + BucketSlices(bucket: bucket($1, of: step), layout: group.layout).pieces(of: 0).count
    }
  }

  /// Whether a leaf's memory goes once it is summed.
  private var releasesLeaves: Bool { shards?.shardsGradients ?? false }

  /// Gives back the memory of what all ranks of the host have read of this rank's leaf. `finished`: buckets of which this
  /// rank has read what it needs.
  private func release(_ step: Step, until finished: Int, _ firstBucket: UInt64) {
    guard releasesLeaves else { return }
    if firstBucket + UInt64(finished) > bucketsFinished {
      bucketsFinished = firstBucket + UInt64(finished)
      group.publish(.finished, bucketsFinished)
    }
    let least = group.least(.finished)
    guard least > firstBucket + UInt64(released) else { return }
    let end = Int(least - firstBucket)
    step.fold.release((released..<end).map { bucket($0, of: step) })
    released = end
  }

  private func setting(for plan: ReductionPlan) -> BucketRound.Setting {
    carried.begin(plan) { [self] in
      slotsMade += 1
      return buffer(slot: Self.slotCount - slotsMade)
    }
    var places: [Int: Int] = [:]
    let partials = plan.host.holders.map { holder in
      let slot = group.slot(of: holder, place: places[holder, default: 0])
      places[holder, default: 0] += 1
      return FloatBuffer(slots[holder], slot: slot, count: floatCount).pointer
    }
    if sums?.plan != plan { sums = nil }
    let sums = self.sums ?? TreeSums(plan)
    self.sums = sums
    return BucketRound.Setting(
      rank: communicator.rank, layout: group.layout, communicator: communicator, partials: partials,
      carried: carried.before.map(\.pointer), results: plan.isLast ? [sum.pointer] : carried.after.map(\.pointer),
      sums: sums, shards: shards, wire: wire)
  }

  /// `firstBucket`: how many buckets the steps before had.
  private func round(
    _ number: Int, of step: Step, _ firstBucket: UInt64, _ setting: BucketRound.Setting
  ) throws(CommunicationError) -> any Round {
    let bucket = bucket(number, of: step)
    if sharesAreTaken { return HostRound(firstBucket + UInt64(number), bucket: bucket, group: group, setting) }
    let place = number % inboxes.count
    func room(_ floats: Int, in buffer: inout FloatBuffer) -> FloatBuffer {
      if buffer.count < floats { buffer = FloatBuffer(count: floats) }
      return buffer
    }
    return try BucketRound(
      number, bucket: bucket, inbox: room(BucketRound.inboxFloats(bucket: bucket, setting), in: &inboxes[place]),
      outside: room(BucketRound.wireFloats(bucket: bucket, setting), in: &outsides[place]), setting)
  }
}
