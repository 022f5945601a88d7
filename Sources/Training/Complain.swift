import Foundation

/// A line for people, on stderr, under the program's name.
public func complain(_ text: String) { show("vlm-dist: \(text)\n") }

/// A text for people, on stderr, as it is.
public func show(_ text: String?) {
  if let text { FileHandle.standardError.write(Data(text.utf8)) }
}
