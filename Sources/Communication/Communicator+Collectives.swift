/// The tags of the collectives. Ranks call collectives in the same order, so a tag can be used again at once.
enum CollectiveTag {
  static let barrier = 30_000
  static let broadcast = 30_001
  static let gather = 30_002
}

extension Communicator {
  /// Returns when every rank has called it. Dissemination: in round k, tell the rank 2^k ahead.
  public func barrier() throws(CommunicationError) {
    try FlightRecorder.shared.operation("barrier", bytes: 0) { () throws(CommunicationError) in
      var distance = 1
      while distance < size {
        let (to, from) = ((rank + distance) % size, (rank + size - distance) % size)
        try send([], to: [to], tag: CollectiveTag.barrier) { () throws(CommunicationError) in
          _ = try receive(byteCount: 0, from: from, tag: CollectiveTag.barrier)
        }
        distance *= 2
      }
    }
  }

  /// Every rank ends up with the bytes, and the number of bytes, of rank `from`. Binomial tree.
  public func broadcast(_ bytes: inout [UInt8], from root: Int) throws(CommunicationError) {
    try check(peer: root)
    try FlightRecorder.shared.operation("broadcast", bytes: rank == root ? bytes.count : 0) {
      () throws(CommunicationError) in
      // Numbered from the root; a rank's parent is its number without the lowest bit set.
      let number = (rank + size - root) % size
      var bit = 1
      while bit < size, number & bit == 0 { bit <<= 1 }
      if number != 0 {
        bytes = try receiveWithLength(from: (number - bit + root) % size, tag: CollectiveTag.broadcast)
      }
      var children: [Int] = []
      while bit > 1 {
        bit >>= 1
        if number + bit < size { children.append((number + bit + root) % size) }
      }
      try sendWithLength(bytes, to: children, tag: CollectiveTag.broadcast)
    }
  }

  /// The bytes of every rank, in rank order, on rank `to`; an empty list on the others. Lengths may differ.
  public func gather(_ bytes: [UInt8], to root: Int) throws(CommunicationError) -> [[UInt8]] {
    try check(peer: root)
    return try FlightRecorder.shared.operation("gather", bytes: bytes.count) {
      () throws(CommunicationError) -> [[UInt8]] in
      guard rank == root else {
        try sendWithLength(bytes, to: [root], tag: CollectiveTag.gather)
        return []
      }
      var gathered: [[UInt8]] = []
      for from in 0..<size {
        gathered.append(from == rank ? bytes : try receiveWithLength(from: from, tag: CollectiveTag.gather))
      }
      return gathered
    }
  }

  /// The text of every rank, in rank order, on every rank.
  public func allGather(_ text: String) throws(CommunicationError) -> [String] {
    try allGather(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The numbers of every rank, in rank order, on every rank. Lengths may differ.
  public func allGather(numbers: [Double]) throws(CommunicationError) -> [[Double]] {
    try allGather(numbers.flatMap { littleEndianBytes(of: Int(bitPattern: UInt($0.bitPattern))) })
      .map { bytes in
        stride(from: 0, to: bytes.count, by: MemoryLayout<Double>.size).map {
          Double(bitPattern: UInt64(bitPattern: Int64(integer(at: $0, of: bytes))))
        }
      }
  }

  /// The bytes of every rank, in rank order, on every rank. Lengths may differ.
  public func allGather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]] {
    try FlightRecorder.shared.operation("all-gather", bytes: bytes.count) { () throws(CommunicationError) in
      var gathered = try gather(bytes, to: 0)
      var lengths = gathered.flatMap { littleEndianBytes(of: $0.count) }
      var joined = gathered.flatMap { $0 }
      try broadcast(&lengths, from: 0)
      try broadcast(&joined, from: 0)
      guard rank != 0 else { return gathered }
      var start = 0
      for index in 0..<size {
        let length = integer(at: index * 8, of: lengths)
        gathered.append(Array(joined[start..<start + length]))
        start += length
      }
      return gathered
    }
  }
}
