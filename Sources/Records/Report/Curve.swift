import Foundation

/// A curve over steps in constant memory: when there are too many points, neighbours are put together, two by two.
public struct Curve: Equatable, Sendable {
  /// Points that were put together. A single point is a bucket of one.
  struct Bucket: Equatable, Sendable {
    var position: Int
    var x: Double
    var mean: Double
    var min: Double
    var max: Double
    var count: Double

    fileprivate mutating func merge(_ other: Bucket) {
      let total = count + other.count
      x += (other.x - x) * (other.count / total)
      mean += (other.mean - mean) * (other.count / total)
      min = Swift.min(min, other.min)
      max = Swift.max(max, other.max)
      count = total
    }
  }

  /// Each bucket is drawn with two points (lowest and highest), so 800 points at most.
  public static let capacity = 400

  private(set) var buckets: [Bucket] = []
  /// How many steps a bucket spans; a power of two.
  private var width = 1
  private var start = 0

  public init() {}

  /// Adds a point. Steps come in ascending order, none below 0; NaN and infinities leave a gap.
  public mutating func add(step: Int, _ value: Double) {
    guard value.isFinite else { return }
    if buckets.isEmpty { start = step }
    let position = max(0, step - start) / width
    let point = Bucket(position: position, x: Double(step), mean: value, min: value, max: value, count: 1)
    if let last = buckets.indices.last, buckets[last].position >= position {
      buckets[last].merge(point)
    } else {
      buckets.append(point)
      while buckets.count > Self.capacity { coarsen() }
    }
  }

  /// The same curve with at most `limit` buckets.
  func reduced(to limit: Int) -> Curve {
    var curve = self
    while curve.buckets.count > max(1, limit) { curve.coarsen() }
    return curve
  }

  private mutating func coarsen() {
    width *= 2
    var merged: [Bucket] = []
    for var bucket in buckets {
      bucket.position /= 2
      if let last = merged.indices.last, merged[last].position == bucket.position {
        merged[last].merge(bucket)
      } else {
        merged.append(bucket)
      }
    }
    buckets = merged
  }

  /// The points as they came, or the lowest and the highest of each bucket.
  var raw: [Point] {
    buckets.flatMap { bucket in
      bucket.count == 1
        ? [Point(x: bucket.x, y: bucket.mean)]
        : [Point(x: bucket.x, y: bucket.min), Point(x: bucket.x, y: bucket.max)]
    }
  }

  var means: [Point] {
    buckets.map { Point(x: $0.x, y: $0.mean) }
  }

  /// A moving average with a triangular window over about a twelfth of the curve. The window is symmetric at the
  /// beginning, where a loss falls steeply and an average over what comes later would hide it.
  var smooth: [Point] {
    let reach = buckets.count / 24
    return buckets.indices.map { center in
      let lower = min(reach, center)
      let upper = min(center < reach ? lower : reach, buckets.count - 1 - center)
      var (sum, weights) = (0.0, 0.0)
      for index in (center - lower)...(center + upper) {
        let weight = Double(reach + 1 - abs(index - center)) * buckets[index].count
        sum += weight * buckets[index].mean
        weights += weight
      }
      return Point(x: buckets[center].x, y: sum / weights)
    }
  }
}

/// A place on a chart, in the units of its axes.
struct Point: Equatable, Sendable {
  var x: Double
  var y: Double
}
