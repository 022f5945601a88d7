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
    /// Steps in which its share of the work is done.
    case done
    /// Buckets, over all steps, of which it reads no partial sum any more.
    case finished
  }

  private enum Words {
    /// A cache line each: the doorbell, then the counts, then the numbers of the slots with partial sums.
    static let line = 64
    static let slots = 5 * line
    static let bytes = 4096
  }

  let layout: HostLayout
  /// The ranks of this host, ascending.
  let ranks: [Int]
  /// This rank's place among them.
  let index: Int
  let doorbell: Doorbell
  private let control: [SharedSegment]
  private let communicator: any Communicator

  /// Collective. Finds out who shares a host, and opens their memory. Where one rank cannot open another one's, all
  /// take part as if each had a host of its own.
  init(_ communicator: any Communicator) throws(CommunicationError) {
    self.communicator = communicator
    var layout = HostLayout(names: try communicator.allGather(communicator.hostName))
    var control = try Self.segments(bytes: Words.bytes, layout: layout, communicator)
    if control == nil {
      layout = .apart(ranks: communicator.size)
      control = try Self.segments(bytes: Words.bytes, layout: layout, communicator)
    }
    guard let control else { throw .noSharedMemory(rank: communicator.rank, bytes: Words.bytes) }
    self.layout = layout
    self.control = control
    ranks = layout.hosts[layout.host(of: communicator.rank)]
    index = ranks.firstIndex(of: communicator.rank) ?? 0
    doorbell = Doorbell(memory: control[index].base)
  }

  /// Collective over all ranks. A segment of each rank of this host, in the order of `ranks`; `bytes`: of this rank's own.
  func share(bytes: Int) throws(CommunicationError) -> [SharedSegment] {
    guard let segments = try Self.segments(bytes: bytes, layout: layout, communicator) else {
      throw .noSharedMemory(rank: communicator.rank, bytes: bytes)
    }
    return segments
  }

  /// Tells the host's ranks that this one is at `value`.
  func publish(_ count: Count, _ value: UInt64) {
    word(index, count).pointee.store(value, ordering: .sequentiallyConsistent)
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
    let own = SharedSegment(bytes: bytes)
    let address = [Int(getpid()), Int(own?.descriptor ?? -1), bytes].flatMap(littleEndianBytes)
    let addresses = try communicator.allGather(address)
    let ranks = layout.hosts[layout.host(of: communicator.rank)]
    var segments: [SharedSegment] = []
    for rank in ranks {
      let numbers = (0..<3).map { integer(at: $0 * 8, of: addresses[rank]) }
      let segment =
        rank == communicator.rank
        ? own : SharedSegment(process: numbers[0], descriptor: numbers[1], bytes: numbers[2])
      if let segment { segments.append(segment) }
    }
    // Also the moment after which nobody needs the descriptor any more.
    let failed = try communicator.allAgree(max: segments.count == ranks.count ? 0 : 1)
    own?.closeDescriptor()
    return failed == 0 ? segments : nil
  }
}
