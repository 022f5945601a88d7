import Foundation
import Media

/// Whether the system, and not the data, is at fault. Such a sample is not a bad one: which samples a run has seen would
/// depend on the weather.
public func isSystemFault(_ error: any Error) -> Bool {
  switch error {
  case let error as MediaError: error.isOfSystem
  case DatasetError.cannotRead(_, let errno): !FileFault.isOfFile(errno)
  default: false
  }
}

/// Reads again, after a pause, where the system was at fault; what still fails then is thrown.
struct Patience: Sendable {
  /// Before the second attempt and each further one.
  var pauses: [TimeInterval] = [0.1, 0.5, 2]

  func callAsFunction<Value>(_ read: () throws -> Value) throws -> Value {
    for pause in pauses {
      do { return try read() } catch let error where isSystemFault(error) { Thread.sleep(forTimeInterval: pause) }
    }
    return try read()
  }
}
