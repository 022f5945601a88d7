/// `model.safetensors.index.json`: which file holds which tensor.
public struct SafetensorsIndex: Sendable {
  /// Tensor names and file names, in the order of the index.
  public private(set) var weightMap: [(name: String, file: String)] = []

  /// Reads and checks the index; every file is a plain name in the directory of the index. Throws `system` or `index`.
  public init(path: String) throws(CheckpointError) {
    let file = try InputFile(path: path)
    guard file.bytes <= SafetensorsHeader.longest else {
      let limit = JSONFault(offset: SafetensorsHeader.longest, expected: "the end")
      throw .index(path: path, fault: .json(limit))
    }
    let text = try file.contents()
    do {
      weightMap = try text.withUnsafeBufferPointer { (buffer) throws(IndexFault) in
        try Self.parse(UnsafeRawBufferPointer(buffer))
      }
    } catch { throw .index(path: path, fault: error) }
  }

  private static func parse(_ text: UnsafeRawBufferPointer) throws(IndexFault) -> [(name: String, file: String)] {
    var scanner = JSONScanner(text)
    var result: [(name: String, file: String)]?
    try scanner.object(IndexFault.json) { (scanner, key) throws(IndexFault) in
      if key == "weight_map" {
        if result != nil { throw .json(scanner.fault("\"weight_map\" only once")) }
        result = try weightMap(&scanner)
      } else {
        do throws(JSONFault) { try scanner.skip() } catch { throw .json(error) }
      }
    }
    do throws(JSONFault) { try scanner.end() } catch { throw .json(error) }
    guard let result else { throw .noWeightMap }
    return result
  }

  private static func weightMap(_ scanner: inout JSONScanner) throws(IndexFault) -> [(name: String, file: String)] {
    var pairs: [(name: String, file: String)] = []
    var seen: Set<String> = []
    try scanner.object(IndexFault.json) { (scanner, name) throws(IndexFault) in
      let file: String
      do throws(JSONFault) { file = try scanner.string() } catch { throw .json(error) }
      guard seen.insert(name).inserted else { throw .duplicate(tensor: name) }
      // Links are followed: the cache of Hugging Face is made of them.
      guard !file.utf8.contains(UInt8(ascii: "/")), !file.utf8.contains(0), !["", ".", ".."].contains(file) else {
        throw .escapes(tensor: name, file: file)
      }
      pairs.append((name, file))
    }
    return pairs
  }
}
