import Glibc
import Synchronization

/// The ranks of this rank's host, and the words through which they tell each other how far they are.
///
/// Every rank writes its own words and reads those of the others; counts only grow.
final class HostGroup: @unchecked Sendable {
  /// What a rank tells the others of its host.
  enum Count: Int {
    /// Steps whose reduction it has begun: it no longer reads the sum of the step before.
    case begun = 1
    /// Buckets, over all steps, of which its own partial sums are final.
    case ready
    /// Parts of the work, over all steps, that it has done.
    case done
    /// Buckets, over all steps, of which it reads no partial sum any more.
    case finished
  }

  private enum Words {
    /// A cache line each: the doorbell, the counts, and the next bucket whose share is to be taken; then the numbers of
    /// the slots with partial sums.
    static let line = 64
    static let nextBucket = 5 * line
    static let slots = 6 * line
    static let bytes = 4096
  }

  let layout: HostLayout
  /// The ranks of this host, ascending.
  let ranks: [Int]
  /// This rank's place among them.
  let index: Int
  let doorbell: Doorbell
  /// Whether no rank has to wait for a core until another one gives it up.
  let hasCores: Bool
  private let control: [SharedSegment]
  private let communicator: any Communicator

  /// Collective. Opens the memory of the ranks that share a host.
  /// - Parameter known: how ranks lie on hosts, where that is settled: others may count on it, so memory that cannot be
  ///   shared is an error then. Nil: finds out, and where one rank cannot open another one's memory, all take part as if
  ///   each had a host of its own.
  init(_ communicator: any Communicator, layout known: HostLayout? = nil) throws(CommunicationError) {
    self.communicator = communicator
    var layout = known ?? .apart(ranks: communicator.size)
    if known == nil { layout = HostLayout(names: try communicator.allGather(communicator.hostName)) }
    precondition(layout.ranks == communicator.size, "HostGroup: \(layout.hosts) of \(communicator.size) ranks")
    var control = try Self.segments(bytes: Words.bytes, layout: layout, communicator)
    if control == nil, known == nil {
      layout = .apart(ranks: communicator.size)
      control = try Self.segments(bytes: Words.bytes, layout: layout, communicator)
    }
    guard let control else { throw .noSharedMemory(rank: communicator.rank, bytes: Words.bytes) }
    self.layout = layout
    self.control = control
    ranks = layout.hosts[layout.host(of: communicator.rank)]
    index = ranks.firstIndex(of: communicator.rank) ?? 0
    doorbell = Doorbell(memory: control[index].base)
    hasCores = try Processors.areEnough(communicator)
  }

  /// Collective over all ranks. A segment of each rank of this host, in the order of `ranks`; `bytes`: of this rank's own.
  func share(bytes: Int) throws(CommunicationError) -> [SharedSegment] {
    guard let segments = try Self.segments(bytes: bytes, layout: layout, communicator) else {
      throw .noSharedMemory(rank: communicator.rank, bytes: bytes)
    }
    return segments
  }

  /// Tells the host's ranks that this one is at `value`. `rings`: not if something else is published at once.
  func publish(_ count: Count, _ value: UInt64, rings: Bool = true) {
    word(index, count).pointee.store(value, ordering: .sequentiallyConsistent)
    guard rings else { return }
    for other in ranks.indices where other != index { Doorbell(memory: control[other].base).ring() }
  }

  /// How far the last of the host's ranks is.
  func least(_ count: Count) -> UInt64 {
    var least = UInt64.max
    for other in ranks.indices {
      least = min(least, word(other, count).pointee.load(ordering: .sequentiallyConsistent))
    }
    return least
  }

  /// The counts of all ranks of the host together.
  func total(_ count: Count) -> UInt64 {
    ranks.indices.reduce(0) { $0 + word($1, count).pointee.load(ordering: .sequentiallyConsistent) }
  }

  /// Takes share number `share` of a bucket for this rank; false if another rank of the host was first. `bucket`: its
  /// number over all steps. All shares of the bucket before that were to be taken must be.
  func take(share: Int, of bucket: UInt64) -> Bool {
    let next = (control[share].base + Words.nextBucket).assumingMemoryBound(to: Atomic<UInt64>.self)
    // A bucket in few shares leaves the words of the others behind.
    let found = next.pointee.load(ordering: .sequentiallyConsistent)
    return found <= bucket
      && next.pointee.compareExchange(expected: found, desired: bucket + 1, ordering: .sequentiallyConsistent).exchanged
  }

  /// The numbers of the slots in which this rank's partial sums lie; to be set before they are `ready`.
  func setSlots(_ slots: [Int]) {
    let bytes = (control[index].base + Words.slots).assumingMemoryBound(to: UInt8.self)
    precondition(slots.count < Words.bytes - Words.slots, "\(slots.count) partial sums of one rank")
    for (place, slot) in slots.enumerated() { bytes[place] = UInt8(slot) }
  }

  /// Slot `place` of the list that the host's rank number `other` has set.
  func slot(of other: Int, place: Int) -> Int {
    Int((control[other].base + Words.slots).assumingMemoryBound(to: UInt8.self)[place])
  }

  private func word(_ other: Int, _ count: Count) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (control[other].base + count.rawValue * Words.line).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// Collective. Nil, on every rank, if any rank could not make its own or open another one's.
  private static func segments(
    bytes: Int, layout: HostLayout, _ communicator: any Communicator
  ) throws(CommunicationError) -> [SharedSegment]? {
    try open(bytes: bytes, layout: layout, communicator).segments
  }

  /// The same; `fault`: what kept this rank from it.
  static func open(
    bytes: Int, layout: HostLayout, _ communicator: any Communicator
  ) throws(CommunicationError) -> (segments: [SharedSegment]?, fault: SharingFault?) {
    let own = SharedSegment(bytes: bytes)
    var fault = own == nil ? SharingFault(rank: communicator.rank, owner: communicator.rank, code: errno) : nil
    let address = [Int(getpid()), Int(own?.descriptor ?? -1), bytes].flatMap(littleEndianBytes)
    let addresses = try communicator.allGather(address)
    let ranks = layout.hosts[layout.host(of: communicator.rank)]
    var segments: [SharedSegment] = []
    for rank in ranks {
      let numbers = (0..<3).map { integer(at: $0 * 8, of: addresses[rank]) }
      let segment =
        rank == communicator.rank
        ? own : SharedSegment(process: numbers[0], descriptor: numbers[1], bytes: numbers[2])
      if let segment {
        segments.append(segment)
      } else if fault == nil, numbers[1] >= 0 {
        fault = SharingFault(rank: communicator.rank, owner: rank, code: errno)
      }
    }
    // Also the moment after which nobody needs the descriptor any more.
    let failed = try communicator.allAgree(max: segments.count == ranks.count ? 0 : 1)
    own?.closeDescriptor()
    return (failed == 0 ? segments : nil, fault)
  }
}
