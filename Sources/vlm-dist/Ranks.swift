import ArgumentParser
import Communication
import Foundation
import Training

/// Runs a command's body with its ranks and turns errors into one line and an exit code: all that it throws is an
/// `ExitCode`.
func withRanks(_ body: (any Communicator) throws -> Void) throws {
  let communicator: any Communicator
  do {
    communicator = try Launch.connect()
  } catch {
    complain("\(error)")
    throw exitCode(of: error)
  }
  do {
    try body(communicator)
    try Launch.finalize()
  } catch let code as ExitCode {
    // All ranks leave in good order, some of them with a result that is none.
    try? Launch.finalize()
    throw code
  } catch {
    let code = exitCode(of: error)
    guard communicator.size > 1 else {
      complain("\(error)")
      throw code
    }
    // Whoever waits here dies at once when another rank ends the run.
    signal(SIGTERM, SIG_DFL)
    if communicator.rank == 0, !isAnother(error) {
      complain("\(error)")
      FaultNotice.send(communicator)
    } else if isAnother(error) || FaultNotice.isReceived(communicator) {
      // That rank ends the run; this is for the case that it cannot any more.
      sleep(60)
    } else {
      complain("rank \(communicator.rank): \(error)")
    }
    communicator.abort(code: code.rawValue)
    throw code
  }
}

/// Whether the fault is another rank's, which tells it.
private func isAnother(_ error: any Error) -> Bool { (error as? TrainingError) == .otherRankFailed }

/// The system's own words in an error that Foundation has wrapped.
func systemReason(of error: any Error) -> String {
  let wrapped = error as NSError
  if let inner = wrapped.userInfo[NSUnderlyingErrorKey] as? any Error { return systemReason(of: inner) }
  if let posix = error as? POSIXError { return String(cString: strerror(posix.code.rawValue)) }
  return wrapped.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(wrapped.code))) : "\(error)"
}
