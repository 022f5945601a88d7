/// Ranks that are threads of this process: for tests, and for a program that was started alone.
/// Unchecked because `duplicates` is only used by the thread that owns this communicator.
public final class LocalCommunicator: Communicator, @unchecked Sendable {
  public let rank: Int
  public var size: Int { world.inboxes.count }
  public var hostName: String { "host \(world.hosts[rank])" }
  public var machineName: String { "this process" }
  private let world: LocalWorld
  private let space: Int
  private var duplicates = 0

  init(rank: Int, world: LocalWorld, space: Int = 0) {
    self.rank = rank
    self.world = world
    self.space = space
  }

  /// The only rank of a group of one.
  public static func alone() -> LocalCommunicator {
    LocalCommunicator(rank: 0, world: LocalWorld(size: 1))
  }

  /// Runs `body` on `ranks` threads and waits for all of them. When one throws, the others fail where they next wait
  /// for a message, and the error that came first is thrown. `hosts`: for every rank, the number of the host that it
  /// plays to be on; one host for all if not given.
  public static func run(
    ranks: Int, hosts: [Int]? = nil, _ body: @escaping @Sendable (LocalCommunicator) throws -> Void
  ) throws {
    let world = LocalWorld(size: ranks, hosts: hosts)
    let threads = (0..<ranks).compactMap { rank in
      do {
        return try BackgroundThread {
          do {
            try body(LocalCommunicator(rank: rank, world: world))
          } catch {
            world.stop(by: rank, because: error)
          }
        }
      } catch {
        world.stop(by: rank, because: error)
        return nil
      }
    }
    for thread in threads { thread.join() }
    if let error = world.failure { throw error }
  }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to: Int, tag: Int) throws(CommunicationError) -> Transfer {
    try check(peer: to)
    world.inboxes[to].put(Array(bytes), MessageAddress(space: space, from: rank, tag: tag))
    return Transfer(state: .complete)
  }

  public func startReceive(
    _ bytes: UnsafeMutableRawBufferPointer, from: Int, tag: Int
  ) throws(CommunicationError) -> Transfer {
    try check(peer: from)
    let address = MessageAddress(space: space, from: from, tag: tag)
    let ticket = world.inboxes[rank].postReceive(address)
    return Transfer(state: .receive(LocalReceive(address: address, ticket: ticket, bytes: bytes)))
  }

  public func wait(_ transfers: [Transfer]) throws(CommunicationError) {
    for transfer in transfers {
      guard case .receive(let receive) = transfer.state, !receive.isDone else { continue }
      try receive.take(try world.inboxes[rank].take(receive.address, ticket: receive.ticket), rank: rank)
    }
  }

  public func look(at transfers: [Transfer]) throws(CommunicationError) {
    for transfer in transfers {
      guard case .receive(let receive) = transfer.state, !receive.isDone,
        let message = try world.inboxes[rank].takeIfThere(receive.address, ticket: receive.ticket)
      else { continue }
      try receive.take(message, rank: rank)
    }
  }

  public func checkRunning() throws(CommunicationError) { try world.inboxes[rank].checkRunning() }

  public func duplicate() throws(CommunicationError) -> any Communicator {
    duplicates += 1
    return LocalCommunicator(rank: rank, world: world, space: world.space(parent: space, ordinal: duplicates))
  }

  public func abort(code: Int32) {
    world.stop(by: rank, because: CommunicationError.aborted(rank: rank, code: code))
  }
}

/// A receive that was posted: the message is copied by the thread that waits for it.
/// Unchecked because one thread alone uses it.
final class LocalReceive: @unchecked Sendable {
  let address: MessageAddress
  let ticket: Int
  private let bytes: UnsafeMutableRawBufferPointer
  private(set) var isDone = false

  init(address: MessageAddress, ticket: Int, bytes: UnsafeMutableRawBufferPointer) {
    self.address = address
    self.ticket = ticket
    self.bytes = bytes
  }

  func take(_ message: [UInt8], rank: Int) throws(CommunicationError) {
    guard message.count == bytes.count else {
      throw .messageLength(
        rank: rank, from: address.from, tag: address.tag, expected: bytes.count, found: message.count)
    }
    bytes.copyBytes(from: message)
    isDone = true
  }
}
