import Testing

/// Longest file, in lines: beyond it one searches instead of reading.
private let mostLines = 400

/// Marks of work left undone, spelt so that this file does not hold them.
private let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]

private func faults(_ text: String, file: String) -> [String] {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0)
  return (lines > mostLines ? ["\(file): \(lines) lines, at most \(mostLines) are read"] : [])
    + unfinished.filter { text.contains($0) }.map { "\(file): has a \($0)" }
}

@Test(arguments: ["Sources", "Tests", "launch", "cluster"])
func `files are short enough to read and finished`(folder: String) throws {
  let checkout = try Checkout()
  let files = try checkout.files(below: folder, endings: ["swift", "c", "h", "py", "sh", "yaml", ""])
  #expect(!files.isEmpty)
  for file in files {
    let text = try checkout.text(file)
    #expect(faults(text, file: file) == [])
  }
}

@Test func `a file that is too long or unfinished is found`() {
  #expect(faults(String(repeating: "a\n", count: 400), file: "a") == [])
  #expect(faults(String(repeating: "a\n", count: 401), file: "a") == ["a: 401 lines, at most 400 are read"])
  #expect(faults("// " + "TO" + "DO: later", file: "b").count == 1)
}
