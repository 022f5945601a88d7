/// For each output pixel of one axis: which input pixels it is a weighted sum of.
///
/// The weights are fixed-point numbers with `fractionBits` fraction bits and sum to about one.
struct ResamplingTaps {
  /// 32 bits, less 8 for a pixel and 2 for what a filter with negative lobes overshoots: Pillow's `PRECISION_BITS`.
  static let fractionBits: Int32 = 22

  /// The first input pixel of each output pixel.
  private(set) var starts: [Int] = []
  /// How many input pixels each output pixel has.
  private(set) var counts: [Int] = []
  /// Where an output pixel's weights begin in `weights`.
  private(set) var offsets: [Int] = []
  private(set) var weights: [Int32] = []

  /// The input pixels that are used at all: starts and ends never go back from one output pixel to the next.
  var inputRange: Range<Int> {
    guard let first = starts.first, let last = starts.last, let count = counts.last else { return 0..<0 }
    return first..<last + count
  }

  /// - Parameters:
  ///   - input: pixels of this axis before.
  ///   - output: pixels of the whole axis afterwards.
  ///   - window: the output pixels that are wanted.
  init(input: Int, output: Int, window: Range<Int>, filter: ResamplingFilter) {
    let scale = Double(input) / Double(output)
    // Scaling down, the filter is as wide as an output pixel: this is the antialiasing.
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverse = 1 / filterScale
    var row: [Double] = []
    for pixel in window {
      let center = (Double(pixel) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(input, Int(center + support + 0.5))
      row.removeAll(keepingCapacity: true)
      var sum = 0.0
      for x in start..<max(start, end) {
        let weight = filter.weight((Double(x) - center + 0.5) * inverse)
        row.append(weight)
        sum += weight
      }
      starts.append(start)
      counts.append(row.count)
      offsets.append(weights.count)
      for weight in row { weights.append(Self.fixedPoint(sum == 0 ? weight : weight / sum)) }
    }
  }

  /// Rounded half away from zero.
  private static func fixedPoint(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << fractionBits)
    return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
  }

  /// A sum of weighted pixels, which began at half a unit, as a pixel.
  @inline(__always)
  static func pixel(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(max(sum >> fractionBits, 0), 255)) }

  /// Half a unit: where a sum begins, so that it is rounded.
  static let half: Int32 = 1 << (fractionBits - 1)
}
