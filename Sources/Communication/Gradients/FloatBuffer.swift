import Memory

/// Floats at a fixed address, zero at birth. Unchecked: its users agree on who touches which part, and when.
final class FloatBuffer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let bytes: Int

  init(count: Int) {
    self.count = count
    let block = MemoryPool.take(bytes: count * MemoryLayout<Float>.stride)
    bytes = block.bytes
    pointer = block.pointer.bindMemory(to: Float.self, capacity: count)
    pointer.initialize(repeating: 0, count: count)
  }

  deinit {
    MemoryPool.giveBack(pointer, bytes: bytes)
  }

  func clear() {
    pointer.update(repeating: 0, count: count)
  }
}

/// `target += source`, element by element. The two do not overlap, so the loop vectorises.
func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
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
