/// The header of a safetensors file, read as hostile input: every entry that comes out lies inside the file, has the
/// bytes its shape needs, and overlaps no other.
struct SafetensorsHeader {
  /// Hugging Face's limit.
  static let longest = 100_000_000
  private static let largestRank = 64

  /// Entries in the order of the header.
  private(set) var entries: [(name: String, entry: SafetensorsFile.Entry)] = []
  private(set) var metadata: [String: String] = [:]
  private let path: String
  private let dataStart: Int
  private let dataBytes: Int

  /// Reads the beginning of `file` and nothing behind the header.
  init(_ file: InputFile) throws(CheckpointError) {
    path = file.path
    guard file.bytes >= 8 else { throw .header(path: path, fault: .noLength(fileBytes: file.bytes)) }
    let length = try file.contents(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.longest) else {
      throw .header(path: path, fault: .tooLong(length: length, limit: Self.longest))
    }
    guard length <= UInt64(file.bytes - 8) else {
      throw .header(path: path, fault: .beyondFile(length: length, fileBytes: file.bytes))
    }
    dataStart = 8 + Int(length)
    dataBytes = file.bytes - dataStart
    let text = try file.contents(8..<dataStart)
    try text.withUnsafeBufferPointer { (text) throws(CheckpointError) in try parse(UnsafeRawBufferPointer(text)) }
    try checkLayout()
  }

  private mutating func parse(_ text: UnsafeRawBufferPointer) throws(CheckpointError) {
    var scanner = JSONScanner(text)
    var seen: Set<String> = []
    let path = path
    let wrap = { (fault: JSONFault) in CheckpointError.header(path: path, fault: .json(fault)) }
    try scanner.object(wrap) { (scanner, name) throws(CheckpointError) in
      guard seen.insert(name).inserted else { throw .entry(path: path, tensor: name, fault: .duplicate) }
      if name == "__metadata__" {
        try scanner.object(wrap) { (scanner, key) throws(CheckpointError) in
          do throws(JSONFault) { metadata[key] = try scanner.string() } catch { throw wrap(error) }
        }
      } else {
        entries.append((name, try entry(name, &scanner, wrap)))
      }
    }
    do throws(JSONFault) { try scanner.end() } catch { throw wrap(error) }
  }

  private func entry(
    _ name: String, _ scanner: inout JSONScanner, _ wrap: (JSONFault) -> CheckpointError
  ) throws(CheckpointError) -> SafetensorsFile.Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object(wrap) { (scanner, key) throws(CheckpointError) in
      do throws(JSONFault) {
        switch key {
        case "dtype" where type == nil: type = try scanner.string()
        case "shape" where shape == nil: shape = try scanner.integers(limit: Self.largestRank)
        case "data_offsets" where offsets == nil: offsets = try scanner.integers(limit: 2)
        default: throw scanner.fault("dtype, shape and data_offsets, each once")
        }
      } catch { throw wrap(error) }
    }
    guard let type else { throw .entry(path: path, tensor: name, fault: .missing(field: "dtype")) }
    guard let shape else { throw .entry(path: path, tensor: name, fault: .missing(field: "shape")) }
    guard let offsets, offsets.count == 2 else {
      throw .entry(path: path, tensor: name, fault: .missing(field: "data_offsets"))
    }
    do throws(EntryFault) { return try checked(type, shape, offsets[0], offsets[1]) } catch {
      throw .entry(path: path, tensor: name, fault: error)
    }
  }

  private func checked(
    _ typeName: String, _ shape: [Int], _ begin: Int, _ end: Int
  ) throws(EntryFault) -> SafetensorsFile.Entry {
    guard let type = ElementType(rawValue: typeName) else { throw .unknownType(typeName) }
    var needed = type.bytes
    for dimension in shape {
      guard dimension >= 0 else { throw .negativeDimension(dimension) }
      let (product, overflow) = needed.multipliedReportingOverflow(by: dimension)
      if overflow { throw .tooManyElements(shape: shape) }
      needed = product
    }
    guard begin >= 0, begin <= end, end <= dataBytes else {
      throw .outsideData(begin: begin, end: end, dataBytes: dataBytes)
    }
    guard end - begin == needed else { throw .byteCount(expected: needed, found: end - begin) }
    return SafetensorsFile.Entry(type: type, shape: shape, byteRange: dataStart + begin..<dataStart + end)
  }

  /// The tensors tile the data: no two overlap, no byte is left over.
  private func checkLayout() throws(CheckpointError) {
    let ordered = entries.sorted {
      let (left, right) = ($0.entry.byteRange, $1.entry.byteRange)
      return (left.lowerBound, left.upperBound) < (right.lowerBound, right.upperBound)
    }
    var position = dataStart
    var previous = ""
    for (name, entry) in ordered {
      let begin = entry.byteRange.lowerBound
      if begin < position { throw .entry(path: path, tensor: name, fault: .overlaps(tensor: previous)) }
      if begin > position {
        throw .entry(
          path: path, tensor: name, fault: .hole(begin: position - dataStart, end: begin - dataStart))
      }
      position = entry.byteRange.upperBound
      previous = name
    }
    let left = dataStart + dataBytes - position
    if left > 0 { throw .entry(path: path, tensor: previous, fault: .trailing(bytes: left)) }
  }
}
