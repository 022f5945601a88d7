import Memory

/// Floats at a fixed address, of any value at birth. Unchecked: its users agree on who touches which part, and when.
public final class FloatBuffer: @unchecked Sendable {
  /// First float, at the beginning of a cache line.
  public let pointer: UnsafeMutablePointer<Float>
  public let count: Int
  /// The place of the buffer in its rank's segment, by which other ranks of the host find it; 0 in private memory.
  let slot: Int
  private let pooledBytes: Int
  private let segment: SharedSegment?

  /// In memory of this process alone.
  init(count: Int) {
    self.count = count
    let block = MemoryPool.take(bytes: count * MemoryLayout<Float>.stride)
    pooledBytes = block.bytes
    pointer = block.pointer.bindMemory(to: Float.self, capacity: count)
    segment = nil
    slot = 0
  }

  /// Bytes of a segment that a slot of `count` floats takes: whole pages, so that it can be given back by itself.
  static func slotBytes(_ count: Int) -> Int {
    (count * MemoryLayout<Float>.stride + SharedSegment.page - 1) / SharedSegment.page * SharedSegment.page
  }

  /// Slot `slot` of a segment that is divided into buffers of `count` floats; what it holds stays.
  init(_ segment: SharedSegment, slot: Int, count: Int) {
    let bytes = Self.slotBytes(count)
    precondition((slot + 1) * bytes <= segment.bytes, "slot \(slot) of \(count) floats in \(segment.bytes) bytes")
    self.segment = segment
    self.slot = slot
    self.count = count
    pooledBytes = 0
    pointer = (segment.base + slot * bytes).bindMemory(to: Float.self, capacity: count)
  }

  deinit {
    if segment == nil { MemoryPool.giveBack(pointer, bytes: pooledBytes) }
  }

  /// Sets the first `count` floats to zero.
  func clear(_ count: Int) {
    pointer.update(repeating: 0, count: count)
  }

  /// Sets `range` to zero and gives its memory back as far as whole pages go; for every process that shares it.
  func release(_ range: Range<Int>) {
    let floats = SharedSegment.page / MemoryLayout<Float>.stride
    let first = (range.lowerBound + floats - 1) / floats * floats
    // Behind the last float there is nothing else on its page.
    let end = range.upperBound == count ? count : range.upperBound / floats * floats
    guard let segment, first < end, segment.release(at: UnsafeMutableRawPointer(pointer + first), floats: end - first)
    else {
      (pointer + range.lowerBound).update(repeating: 0, count: range.count)
      return
    }
    (pointer + range.lowerBound).update(repeating: 0, count: first - range.lowerBound)
    (pointer + end).update(repeating: 0, count: range.upperBound - end)
  }
}

/// `target += source`, element by element. The two do not overlap, so the loop vectorises.
public func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
  var index = 0
  while index < count {
    target[index] += source[index]
    index &+= 1
  }
}

/// `sum = left + right`, element by element; `sum` overlaps neither.
func add(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int
) {
  var index = 0
  while index < count {
    sum[index] = left[index] + right[index]
    index &+= 1
  }
}
