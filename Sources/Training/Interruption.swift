import Dispatch
import Foundation
import Synchronization

/// Hears SIGTERM, SIGINT, SIGUSR1 and SIGUSR2, which all ask for the same: checkpoint and leave in good order.
public final class Interruption: Sendable {
  private let heard = Atomic<Bool>(false)

  public init() {}

  public var isRequested: Bool { heard.load(ordering: .relaxed) }

  /// Asks for the end as a signal would.
  public func request() { heard.store(true, ordering: .relaxed) }

  /// From now on the signals no longer end the process by themselves.
  public func listen() -> [any DispatchSourceSignal] {
    [SIGTERM, SIGINT, SIGUSR1, SIGUSR2].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in request() }
      source.resume()
      return source
    }
  }
}
