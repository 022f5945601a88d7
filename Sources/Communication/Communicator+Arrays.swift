// Messages that are arrays.
extension Communicator {
  /// Sends `bytes` to each of `ranks` at the same time; does `meanwhile` before it waits.
  func send(
    _ bytes: [UInt8], to ranks: [Int], tag: Int, meanwhile: () throws(CommunicationError) -> Void = {}
  ) throws(CommunicationError) {
    try bytes.withUnsafeBufferPointer { buffer throws(CommunicationError) in
      var sends: [Transfer] = []
      for to in ranks { sends.append(try startSend(UnsafeRawBufferPointer(buffer), to: to, tag: tag)) }
      try meanwhile()
      try wait(sends)
    }
  }

  /// Two messages: the length, so that the receiver can make room, and the bytes.
  func sendWithLength(_ bytes: [UInt8], to ranks: [Int], tag: Int) throws(CommunicationError) {
    try send(littleEndianBytes(of: bytes.count), to: ranks, tag: tag)
    try send(bytes, to: ranks, tag: tag)
  }

  func receive(byteCount: Int, from: Int, tag: Int) throws(CommunicationError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(CommunicationError) in
      try wait([startReceive(UnsafeMutableRawBufferPointer(buffer), from: from, tag: tag)])
    }
    return bytes
  }

  func receiveWithLength(from: Int, tag: Int) throws(CommunicationError) -> [UInt8] {
    let length = try receive(byteCount: 8, from: from, tag: tag)
    return try receive(byteCount: integer(at: 0, of: length), from: from, tag: tag)
  }
}

func littleEndianBytes(of value: Int) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func integer(at offset: Int, of bytes: [UInt8]) -> Int {
  bytes.withUnsafeBytes { Int(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int.self)) }
}
