import Tensors

/// Writes safetensors files as the library of Hugging Face does, F32 only: the tensors go straight from their memory
/// to the file, which appears under its name when it is complete and on the disk.
public enum SafetensorsWriter {
  /// Writes `tensors` in the given order. Throws `system` or `unusableName`; an older file at `path` then stays.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = ["format": "pt"], to path: String
  ) throws(CheckpointError) {
    try checkNames(tensors, path: path)
    let header = header(tensors, metadata: metadata)
    try DurableFile.replace(path) { (file) throws(CheckpointError) in
      try file.write(header)
      for (_, tensor) in tensors {
        try file.write(UnsafeRawBufferPointer(start: tensor.pointer, count: 4 * tensor.count))
      }
    }
  }

  static func checkNames(_ tensors: [(name: String, tensor: Tensor)], path: String) throws(CheckpointError) {
    var seen: Set<String> = ["__metadata__"]
    for (name, _) in tensors where !seen.insert(name).inserted {
      throw .unusableName(path: path, tensor: name)
    }
  }

  /// Length and header, padded with blanks so that the data begin at a multiple of eight.
  private static func header(_ tensors: [(name: String, tensor: Tensor)], metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + 4 * tensor.count
      members.append("\(jsonString(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -text.count & 7))
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
  }
}
