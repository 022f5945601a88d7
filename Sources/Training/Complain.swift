import Foundation

/// A line for people, on stderr, under the program's name.
public func complain(_ text: String) { FileHandle.standardError.write(Data("vlm-dist: \(text)\n".utf8)) }
