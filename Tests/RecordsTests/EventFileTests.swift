import Foundation
import Testing

@testable import Records

@Suite struct EventFileTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func `the checksum is CRC-32C`() {
    // RFC 3720, B.4, and the check value of the CRC catalogue.
    #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(crc32c(Array("123456789".utf8)) == 0xE306_9283)
  }

  @Test func `the file has the bytes that TensorBoard writes`() throws {
    let file = try EventFile(directory: directory.path, host: "node1", firstStep: 300, now: { 1_700_000_000.5 })
    try file.append(step: 300, scalars: [("loss", 2.3145), ("grad_norm", 0), ("lr/connector", 1e-3)])
    try file.flush()
    let golden = try #require(Bundle.module.url(forResource: "Golden/events", withExtension: "bin"))
    #expect(try bytes(file.path) == Array(Data(contentsOf: golden)))
  }

  @Test func `the name is one that TensorBoard looks for`() throws {
    let file = try EventFile(directory: directory.path, host: "../a b/ü", now: { 1_700_000_000.5 })
    #expect(file.path == directory.file("events.out.tfevents.1700000000...-a-b--"))
  }

  @Test func `two starts within a second do not share a file`() throws {
    let first = try EventFile(directory: directory.path, host: "h", now: { 5 })
    let second = try EventFile(directory: directory.path, host: "h", now: { 5 })
    #expect(second.path == first.path + ".1")
    #expect(try bytes(first.path) == bytes(second.path))
  }

  @Test func `a step's metrics become scalars`() throws {
    let file = try EventFile(directory: directory.path, host: "h", now: { 5 })
    let header = try bytes(file.path).count
    try file.append(sampleMetrics(step: 9))
    let record = try bytes(file.path).dropFirst(header)
    let event = try TensorBoardEvent(serializedBytes: Array(record.dropFirst(12).dropLast(4)))
    #expect(event.step == 9)
    #expect(
      event.summary.value.map(\.tag) == [
        "loss", "grad_norm", "loss_by_source/captions", "loss_by_source/text", "lr/connector", "lr/language",
        "throughput/samples_per_second", "throughput/tokens_per_second",
      ])
    #expect(event.summary.value.first?.simpleValue == 2.5)
    #expect(event.summary.value.last?.simpleValue == Float(4096 / 1.5))
  }
}
