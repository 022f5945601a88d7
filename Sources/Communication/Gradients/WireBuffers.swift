/// What one bucket sends and receives in bf16, kept from step to step. Each part is addressed like the flat buffer.
struct WireBuffers {
  private let bucket: Range<Int>
  private let memory: FloatBuffer
  /// Partial sums on their way out come first, then the sum, going out or coming in, then those that come in.
  private let leaving: Int

  /// Floats that `memory` must hold; `leaving` and `coming`: how many partial sums.
  static func floats(bucket: Range<Int>, leaving: Int, coming: Int) -> Int {
    ((leaving + 1 + coming) * bucket.count + 1) / 2
  }

  init(bucket: Range<Int>, leaving: Int, memory: FloatBuffer) {
    self.bucket = bucket
    self.memory = memory
    self.leaving = leaving
  }

  /// Partial sum `index` of this host.
  func leaving(_ index: Int) -> UnsafeMutablePointer<UInt16> { part(index) }
  /// The sum of all ranks.
  var sum: UnsafeMutablePointer<UInt16> { part(leaving) }
  /// Partial sum `index` of those of other hosts.
  func coming(_ index: Int) -> UnsafeMutablePointer<UInt16> { part(leaving + 1 + index) }

  private func part(_ index: Int) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: UInt16.self) + index * bucket.count
      - bucket.lowerBound
  }
}
