/// A value with its address in a file, so that every complaint can name both.
struct JSONNode {
  let value: JSONValue
  let file: String
  let path: String

  init(_ bytes: [UInt8], file: String) throws(TextError) {
    var parser = JSONParser(bytes, file: file)
    self.init(value: try parser.parse(), file: file, path: "")
  }

  init(value: JSONValue, file: String, path: String) {
    self.value = value
    self.file = file
    self.path = path
  }

  func wrong(_ expected: String) -> TextError {
    .wrongValue(file: file, path: path.isEmpty ? "the document" : path, expected: expected, found: value.kind)
  }

  func unsupported(_ value: String) -> TextError { .unsupported(file: file, path: path, value: value) }

  func members() throws(TextError) -> [JSONMember] {
    guard case .object(let members) = value else { throw wrong("an object") }
    return members
  }

  /// Refuses members that are not listed: what they mean is unknown, and so would be the token ids.
  func allow(_ keys: Set<String>) throws(TextError) {
    for member in try members() {
      let key = String(decoding: member.key, as: UTF8.self)
      guard keys.contains(key) else {
        throw .unknownKey(file: file, path: path.isEmpty ? "the document" : path, key: key)
      }
    }
  }

  /// The member, or nil when it is missing or null. As in Hugging Face's reader, the last of equal keys counts.
  func optional(_ key: String) throws(TextError) -> JSONNode? {
    guard let member = try members().last(where: { $0.key.elementsEqual(key.utf8) }), member.value != .null else {
      return nil
    }
    return JSONNode(value: member.value, file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  func required(_ key: String, _ expected: String) throws(TextError) -> JSONNode {
    guard let node = try optional(key) else {
      throw .wrongValue(
        file: file, path: path.isEmpty ? key : "\(path).\(key)", expected: expected, found: "nothing")
    }
    return node
  }

  func elements() throws(TextError) -> [JSONNode] {
    guard case .array(let elements) = value else { throw wrong("an array") }
    return elements.enumerated().map { JSONNode(value: $1, file: file, path: "\(path)[\($0)]") }
  }

  func bytes() throws(TextError) -> [UInt8] {
    guard case .string(let bytes) = value else { throw wrong("a string") }
    return bytes
  }

  func string() throws(TextError) -> String { String(decoding: try bytes(), as: UTF8.self) }

  func bool() throws(TextError) -> Bool {
    guard case .bool(let bool) = value else { throw wrong("true or false") }
    return bool
  }

  func bool(_ key: String, default value: Bool) throws(TextError) -> Bool {
    try optional(key)?.bool() ?? value
  }

  func tokenID() throws(TextError) -> Int32 {
    guard case .number(let text) = value, let id = Int32(text), (0..<TokenTable.maximumIDs).contains(id) else {
      throw wrong("a token id from 0 to \(TokenTable.maximumIDs - 1)")
    }
    return id
  }

  func integer() throws(TextError) -> Int {
    guard case .number(let text) = value, let number = Int(text) else { throw wrong("a whole number") }
    return number
  }
}
