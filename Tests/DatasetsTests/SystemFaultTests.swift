import Foundation
import Media
import Testing

@testable import Datasets

/// A file that the system does not let be read is no fault of the data.
@Suite struct SystemFaultTests {
  /// Opens and has a size, but every read of it fails with EINVAL.
  private static let unreadable = "/sys/class/net/lo/speed"
  private static let isThere =
    (try? FileHandle(forReadingFrom: URL(filePath: unreadable)).readToEnd()) == nil
    && FileManager.default.fileExists(atPath: unreadable)

  @Test func `what the file is to blame for is a fault of the data, all else of the system`() {
    for code in [ENOENT, ENOTDIR, EISDIR, EACCES, ENAMETOOLONG, ELOOP] {
      #expect(!isSystemFault(MediaError.unreadable(path: "a", errno: code)), "\(code)")
      #expect(!isSystemFault(DatasetError.cannotRead(path: "a", errno: code)), "\(code)")
    }
    for code in [EMFILE, ENFILE, EIO, ESTALE, ENOMEM, ETIMEDOUT] {
      #expect(isSystemFault(MediaError.unreadable(path: "a", errno: code)), "\(code)")
      #expect(isSystemFault(DatasetError.cannotRead(path: "a", errno: code)), "\(code)")
    }
    #expect(!isSystemFault(MediaError.missing(path: "a")))
    #expect(!isSystemFault(MediaError.truncated(source: "a", format: .png)))
    #expect(!isSystemFault(DatasetError.shortened(path: "a")))
  }

  @Test func `a fault that passes is waited for, one that stays is thrown, one of the data at once`() throws {
    func attempts(_ fault: MediaError, failing: Int) throws -> Int {
      var count = 0
      return try Patience(pauses: [0, 0, 0])({
        count += 1
        if count <= failing { throw fault }
        return count
      })
    }
    let (system, data) = (MediaError.unreadable(path: "a", errno: ESTALE), MediaError.missing(path: "a"))
    #expect(try attempts(system, failing: 0) == 1)
    #expect(try attempts(system, failing: 3) == 4)
    #expect(throws: system) { try attempts(system, failing: 4) }
    #expect(throws: data) { try attempts(data, failing: 1) }
  }

  @Test(.enabled(if: isThere, "\(unreadable) is not here"))
  func `a picture that the system does not give ends the loading and is no bad sample`() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("good.png", try picture())
    let dataset = try scratch.dataset(
      [entry("a", image: "good.png"), entry("b", image: Self.unreadable), entry("c", image: "none.png")]
        .joined(separator: "\n"))
    var loader = try Words.loader([dataset])
    loader.patience = Patience(pauses: [0])
    let references = (0..<3).map { SampleReference(source: 0, index: $0) }
    let fault = MediaError.unreadable(path: Self.unreadable, errno: EINVAL)
    #expect(throws: fault) { try loader.load(references) }
    #expect(throws: fault) { try loader.usableQuestion(references[1]) }
    #expect(throws: fault) { try DatasetInspection.inspect(dataset) }
    #expect(try loader.load([references[0], references[2]]).bad.map(\.index) == [2])
    #expect(try loader.usableQuestion(references[2]) == nil)
  }
}
