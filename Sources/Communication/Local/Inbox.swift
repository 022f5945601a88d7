/// Where a message space, a sender and a tag meet: messages with equal addresses keep their order.
struct MessageAddress: Hashable {
  let space: Int
  let from: Int
  let tag: Int
}

/// The messages on their way to one rank. Unchecked because its state is guarded by `condition`.
final class Inbox: @unchecked Sendable {
  private let rank: Int
  private let condition = ConditionVariable()
  private var mailboxes: [MessageAddress: Mailbox] = [:]
  private var stoppedBy: Int?

  /// Receives get numbered tickets when they are posted, so that the nth message meets the nth receive whatever
  /// the order in which receives are waited for.
  private struct Mailbox {
    var sent = 0
    var posted = 0
    var messages: [Int: [UInt8]] = [:]
  }

  init(rank: Int) {
    self.rank = rank
  }

  func put(_ message: [UInt8], _ address: MessageAddress) {
    condition.withLock {
      var mailbox = mailboxes.removeValue(forKey: address) ?? Mailbox()
      mailbox.messages[mailbox.sent] = message
      mailbox.sent += 1
      mailboxes[address] = mailbox
      condition.wakeAll()
    }
  }

  func postReceive(_ address: MessageAddress) -> Int {
    condition.withLock {
      mailboxes[address, default: Mailbox()].posted += 1
      return mailboxes[address, default: Mailbox()].posted - 1
    }
  }

  func take(_ address: MessageAddress, ticket: Int) throws(CommunicationError) -> [UInt8] {
    try condition.withLock { () throws(CommunicationError) in
      condition.wait { mailboxes[address]?.messages[ticket] != nil || stoppedBy != nil }
      if let message = mailboxes[address]?.messages.removeValue(forKey: ticket) { return message }
      throw .stopped(rank: rank, by: stoppedBy ?? rank)
    }
  }

  /// The message of a posted receive if it is there.
  func takeIfThere(_ address: MessageAddress, ticket: Int) throws(CommunicationError) -> [UInt8]? {
    try condition.withLock { () throws(CommunicationError) in
      if let message = mailboxes[address]?.messages.removeValue(forKey: ticket) { return message }
      if let stoppedBy { throw .stopped(rank: rank, by: stoppedBy) }
      return nil
    }
  }

  func checkRunning() throws(CommunicationError) {
    try condition.withLock { () throws(CommunicationError) in
      if let stoppedBy { throw .stopped(rank: rank, by: stoppedBy) }
    }
  }

  func stop(by rank: Int) {
    condition.withLock {
      stoppedBy = stoppedBy ?? rank
      condition.wakeAll()
    }
  }
}
