import Checkpoints
import Foundation

/// A line for people, on stderr, under the program's name.
public func complain(_ text: String) { show("vlm-dist: \(text)\n") }

/// A text for people, on stderr, as it is. What cannot be written is lost: nothing that is said is worth a training.
public func show(_ text: String?) {
  if let text { _ = put(text, to: STDERR_FILENO) }
}

/// A text into a stream of the process. Returns the `errno` with which it takes no more, or 0.
public func put(_ text: String, to stream: Int32) -> Int32 {
  unsafe Array(text.utf8).withUnsafeBytes { bytes in
    unsafe DurableFile.writeAll(bytes) { rest, _ in unsafe write(stream, rest.baseAddress, rest.count) }
  }
}
