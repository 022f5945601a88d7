import Dispatch
import Foundation
import Synchronization

/// Hears SIGTERM, SIGINT, SIGUSR1 and SIGUSR2, which all ask for the same: checkpoint and leave in good order.
public final class Interruption: Sendable {
  private let heard = Atomic<Bool>(false)
  private let firstInterrupt = Mutex<ContinuousClock.Instant?>(nil)

  public init() {}

  public var isRequested: Bool { heard.load(ordering: .relaxed) }

  /// Asks for the end as a signal would.
  public func request() { heard.store(true, ordering: .relaxed) }

  /// From now on the signals no longer end the process by themselves, but for a second Ctrl-C: whoever sits there does not
  /// want to wait for the end of a step. Shortly after the first it is the same one, which mpirun passes on too.
  public func listen() -> [any DispatchSourceSignal] {
    [SIGTERM, SIGINT, SIGUSR1, SIGUSR2].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        request()
        guard number == SIGINT else { return }
        let isSecond = firstInterrupt.withLock { first in
          guard let first else {
            first = .now
            return false
          }
          return first.duration(to: .now) > .seconds(1)
        }
        guard isSecond else { return }
        signal(SIGINT, SIG_DFL)
        raise(SIGINT)
      }
      source.resume()
      return source
    }
  }
}
