import CSharedMemory

/// Processors of a machine: those that a thread may run on. A container, a job or mpirun may have set aside a few for it.
struct Processors: Equatable {
  /// A bit each.
  private var mask: [UInt64]

  /// As many as Linux knows of.
  private static let most = 8192

  init(_ numbers: Set<Int>) {
    mask = [UInt64](repeating: 0, count: Self.most / UInt64.bitWidth)
    for number in numbers { mask[number / UInt64.bitWidth] |= 1 << (number % UInt64.bitWidth) }
  }

  /// Those of the calling thread; none where the system does not say.
  static var ofThisThread: Processors {
    var processors = Processors([])
    let words = Int32(processors.mask.count)
    if csm_processors(&processors.mask, words) != 0 { return Processors([]) }
    return processors
  }

  var count: Int { mask.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Those of either.
  func union(_ other: Processors) -> Processors {
    var both = self
    for index in mask.indices { both.mask[index] |= other.mask[index] }
    return both
  }

  /// Collective. Whether the ranks that share this rank's machine have a processor each, among all that they may run on.
  static func areEnough(
    _ communicator: any Communicator, own: Processors = .ofThisThread
  ) throws(CommunicationError) -> Bool {
    let machines = try communicator.allGather(communicator.machineName)
    let masks = try communicator.allGather(own.mask.flatMap { littleEndianBytes(of: Int(truncatingIfNeeded: $0)) })
    var (ranks, all) = (0, Processors([]))
    for (machine, bytes) in zip(machines, masks) where machine == communicator.machineName {
      ranks += 1
      var processors = Processors([])
      for index in processors.mask.indices {
        processors.mask[index] = UInt64(truncatingIfNeeded: integer(at: index * 8, of: bytes))
      }
      all = all.union(processors)
    }
    return ranks <= all.count
  }
}
