import Checkpoints
import Tensors
import Testing

struct SafetensorsHeaderTests {
  private func fault(of bytes: [UInt8]) throws -> CheckpointError? {
    let directory = try TemporaryDirectory()
    let path = try directory.file("x.safetensors", bytes)
    return failure { () throws(CheckpointError) in _ = try SafetensorsFile(path: path) }
  }

  private func headerFault(_ bytes: [UInt8]) throws -> HeaderFault? {
    guard case .header(_, let fault) = try fault(of: bytes) else { return nil }
    return fault
  }

  @Test func `a length that cannot be is refused before anything is read`() throws {
    #expect(try headerFault([]) == .noLength(fileBytes: 0))
    #expect(try headerFault([1, 2, 3]) == .noLength(fileBytes: 3))
    #expect(try headerFault([9, 0, 0, 0, 0, 0, 0, 0, 0x7B]) == .beyondFile(length: 9, fileBytes: 9))
    let huge = [UInt8](repeating: 0xFF, count: 9)
    #expect(try headerFault(huge) == .tooLong(length: .max, limit: 100_000_000))
  }

  @Test(arguments: [
    "", "[]", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1}", "nonsense", "{\"a\u{1}\":{}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,5]}}",
    "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}",
    "{\"a\\uD800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
    "{\"__metadata__\":{\"a\":1}}",
  ])
  func `what is not the JSON of a header is refused with its place`(header: String) throws {
    guard case .json = try headerFault(safetensors(header, data: 4)) else {
      Issue.record("\(header) was accepted or refused for another reason")
      return
    }
  }

  @Test func `invalid UTF-8 in a name is refused`() throws {
    var bytes = safetensors(#"{"~":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4)
    bytes[10] = 0xFF
    guard case .json = try headerFault(bytes) else {
      Issue.record("accepted")
      return
    }
  }

  private static let entries: [(String, EntryFault)] = [
    (#""dtype":"F64","shape":[1],"data_offsets":[0,8]"#, .unknownType("F64")),
    (#""shape":[1],"data_offsets":[0,8]"#, .missing(field: "dtype")),
    (#""dtype":"F32","data_offsets":[0,8]"#, .missing(field: "shape")),
    (#""dtype":"F32","shape":[2]"#, .missing(field: "data_offsets")),
    (#""dtype":"F32","shape":[2],"data_offsets":[0]"#, .missing(field: "data_offsets")),
    (#""dtype":"F32","shape":[-2],"data_offsets":[0,8]"#, .negativeDimension(-2)),
    (
      #""dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]"#,
      .tooManyElements(shape: [4_294_967_296, 4_294_967_296])
    ),
    (#""dtype":"F32","shape":[3],"data_offsets":[0,12]"#, .outsideData(begin: 0, end: 12, dataBytes: 8)),
    (#""dtype":"F32","shape":[1],"data_offsets":[8,4]"#, .outsideData(begin: 8, end: 4, dataBytes: 8)),
    (#""dtype":"F32","shape":[2],"data_offsets":[-4,4]"#, .outsideData(begin: -4, end: 4, dataBytes: 8)),
    (#""dtype":"F32","shape":[3],"data_offsets":[0,8]"#, .byteCount(expected: 12, found: 8)),
    (#""dtype":"F32","shape":[1],"data_offsets":[4,8]"#, .hole(begin: 0, end: 4)),
    (#""dtype":"F32","shape":[1],"data_offsets":[0,4]"#, .trailing(bytes: 4)),
  ]

  @Test(arguments: entries.indices)
  func `an entry that does not fit is refused by its fault`(index: Int) throws {
    let (text, expected) = Self.entries[index]
    guard case .entry(_, let tensor, let found) = try fault(of: safetensors("{\"a\":{\(text)}}", data: 8)) else {
      Issue.record("accepted")
      return
    }
    #expect(tensor == "a")
    #expect(found == expected)
  }

  @Test func `overlaps and duplicate names are refused`() throws {
    let one = #""dtype":"F32","shape":[2],"data_offsets":[0,8]"#
    let two = #""dtype":"F32","shape":[1],"data_offsets":[4,8]"#
    guard
      case .entry(_, "b", .overlaps(tensor: "a")) = try fault(
        of: safetensors("{\"a\":{\(one)},\"b\":{\(two)}}", data: 8))
    else {
      Issue.record("overlap accepted")
      return
    }
    guard case .entry(_, "a", .duplicate) = try fault(of: safetensors("{\"a\":{\(one)},\"a\":{\(two)}}", data: 8))
    else {
      Issue.record("duplicate accepted")
      return
    }
  }

  @Test func `no damaged header crashes the reader`() throws {
    let directory = try TemporaryDirectory()
    let whole = try contents(golden("types.safetensors"))
    var random = RandomStream(1)
    var refused = 0
    for variant in 0..<400 {
      var bytes = whole
      if variant % 4 == 0 {
        bytes.removeLast(1 + random.below(bytes.count))
      } else {
        for _ in 0..<(1 + variant % 3) { bytes[random.below(700)] ^= UInt8(1 << random.below(8)) }
      }
      let path = try directory.file("x.safetensors", bytes)
      let error = failure { () throws(CheckpointError) in
        let file = try SafetensorsFile(path: path)
        for name in file.names {
          switch file.entry(name)?.type {
          case .f32, .f16, .bf16: _ = try file.tensor(name).array
          default: _ = try file.integers(name)
          }
        }
      }
      if error != nil { refused += 1 }
    }
    // What passes has other names or metadata: the format has no checksum.
    #expect(refused > 200)
  }
}
