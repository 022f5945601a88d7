import Foundation

/// Loads micro-batches on a thread of its own, so that reading and decoding never stall a step.
///
/// At most a few requests are under way at a time: the trainer asks for the next step's micro-batches while it computes
/// the present one's.
public final class Prefetcher: @unchecked Sendable {
  // Unchecked: everything below `condition` is touched only under its lock.
  private let condition = NSCondition()
  private var requests: [(key: Int, references: [[SampleReference]], loader: SampleLoader)] = []
  private var results: [Int: [MicroBatch]] = [:]
  private var pending: Set<Int> = []
  private var closed = false

  public init() {
    let thread = Thread { [self] in work() }
    thread.name = "prefetch"
    thread.stackSize = 4 << 20
    thread.start()
  }

  /// Asks for the micro-batches of step `key`; asking twice is the same as once.
  public func request(_ key: Int, _ references: [[SampleReference]], loader: SampleLoader) {
    condition.lock()
    defer { condition.unlock() }
    guard !pending.contains(key), results[key] == nil else { return }
    pending.insert(key)
    requests.append((key, references, loader))
    condition.broadcast()
  }

  /// The micro-batches of step `key`, waiting for them if they are not there yet.
  public func take(_ key: Int) -> [MicroBatch] {
    condition.lock()
    defer { condition.unlock() }
    precondition(pending.contains(key) || results[key] != nil, "Prefetcher: step \(key) was not requested")
    while results[key] == nil { condition.wait() }
    return results.removeValue(forKey: key) ?? []
  }

  /// Forgets what was asked for: the stage ended earlier than foreseen.
  public func discard() {
    condition.lock()
    defer { condition.unlock() }
    requests = []
    results = [:]
    pending = []
  }

  /// Ends the thread.
  public func close() {
    condition.lock()
    closed = true
    condition.broadcast()
    condition.unlock()
  }

  private func work() {
    while let (key, references, loader) = next() {
      let batches = references.map { loader.load($0) }
      condition.lock()
      // A discarded request's result is nobody's any more.
      if pending.remove(key) != nil { results[key] = batches }
      condition.broadcast()
      condition.unlock()
    }
  }

  private func next() -> (Int, [[SampleReference]], SampleLoader)? {
    condition.lock()
    defer { condition.unlock() }
    while requests.isEmpty && !closed { condition.wait() }
    return closed ? nil : requests.removeFirst()
  }
}
