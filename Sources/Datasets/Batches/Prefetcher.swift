import Foundation

/// Loads micro-batches on a thread of its own, so that reading and decoding never stall a step.
///
/// The trainer asks for the next step's micro-batches while it computes the present one's. No more than `capacity`
/// loaded steps lie ready: the thread waits until one is taken, so memory does not grow with what was asked for.
public final class Prefetcher: @unchecked Sendable {
  private struct Request {
    let key: Int
    let ticket: Int
    let load: @Sendable () throws -> [MicroBatch]
  }

  // Unchecked: everything below `condition` is touched only under its lock.
  private let condition = NSCondition()
  private var requests: [Request] = []
  private var results: [Int: Result<[MicroBatch], any Error>] = [:]
  /// Which request a key stands for: after `discard` the same key may be asked for again, with other samples.
  private var pending: [Int: Int] = [:]
  private var tickets = 0
  private var isAwaited = false
  private var closed = false
  private let capacity: Int

  public init(capacity: Int = 2) {
    self.capacity = capacity
    let thread = Thread { [self] in work() }
    thread.name = "prefetch"
    thread.stackSize = 4 << 20
    thread.start()
  }

  /// Asks for the micro-batches of step `key`, which `load` brings; asking twice is the same as once.
  public func request(_ key: Int, load: @escaping @Sendable () throws -> [MicroBatch]) {
    condition.lock()
    defer { condition.unlock() }
    guard pending[key] == nil, results[key] == nil else { return }
    tickets += 1
    pending[key] = tickets
    requests.append(Request(key: key, ticket: tickets, load: load))
    condition.broadcast()
  }

  /// The micro-batches of step `key`, waiting for them if they are not there yet; throws what `load` threw.
  public func take(_ key: Int) throws -> [MicroBatch] {
    condition.lock()
    defer { condition.unlock() }
    precondition(pending[key] != nil || results[key] != nil, "Prefetcher: step \(key) was not requested")
    isAwaited = results[key] == nil
    condition.broadcast()
    while results[key] == nil { condition.wait() }
    isAwaited = false
    condition.broadcast()
    return try results.removeValue(forKey: key)?.get() ?? []
  }

  /// Forgets what was asked for: the stage ended earlier than foreseen.
  public func discard() {
    condition.lock()
    defer { condition.unlock() }
    requests = []
    results = [:]
    pending = [:]
    condition.broadcast()
  }

  /// Ends the thread.
  public func close() {
    condition.lock()
    closed = true
    condition.broadcast()
    condition.unlock()
  }

  private func work() {
    while let request = next() {
      let batches = Result { try request.load() }
      condition.lock()
      // A discarded request's result is nobody's any more, even if its key was asked for again.
      if pending[request.key] == request.ticket {
        pending[request.key] = nil
        results[request.key] = batches
      }
      condition.broadcast()
      condition.unlock()
    }
  }

  private func next() -> Request? {
    condition.lock()
    defer { condition.unlock() }
    while !closed, requests.isEmpty || (results.count >= capacity && !isAwaited) { condition.wait() }
    return closed ? nil : requests.removeFirst()
  }
}
