import Foundation
import Training

/// A result of a command, on stdout.
/// - Throws: `OutputError`: a result that nobody gets is no success.
func tell(_ text: String, terminator: String = "\n") throws(OutputError) {
  let code = put(text + terminator, to: STDOUT_FILENO)
  if code != 0 { throw OutputError(errno: code) }
}

/// A result could not be written to stdout.
struct OutputError: Error, CustomStringConvertible {
  let errno: Int32

  var description: String {
    "cannot write to stdout: \(String(cString: strerror(errno))); free space, or let whoever reads it stay to the end"
  }
}

/// What a process needs of its standard streams, before anything else is opened.
enum StandardStreams {
  static func prepare() {
    // Writing to a pipe that nobody reads is an error like others, and no death in the middle of a training.
    signal(SIGPIPE, SIG_IGN)
    // A file of the run must not get the number of a stream that is closed: what is told to people would go into it.
    var opened: Int32 = 0
    while (0...STDERR_FILENO).contains(opened) { opened = open("/dev/null", O_RDWR) }
    if opened > STDERR_FILENO { close(opened) }
  }
}
