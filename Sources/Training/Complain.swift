import Foundation

/// A line for people, on stderr, under the program's name.
public func complain(_ text: String) { show("vlm-dist: \(text)\n") }

/// A text for people, on stderr, as it is. What cannot be written is lost: nothing that is said is worth a training.
public func show(_ text: String?) {
  var bytes = Array((text ?? "").utf8)[...]
  while !bytes.isEmpty {
    let written = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    if written >= 0 {
      bytes = bytes.dropFirst(written)
    } else if errno != EINTR {
      return
    }
  }
}
