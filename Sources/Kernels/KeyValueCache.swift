import Tensors

/// The keys and values of the tokens a decoder layer has already seen, [tokens, width] each, in memory taken once.
public final class KeyValueCache {
  private let keys: Storage
  private let values: Storage
  private let width: Int
  private let capacity: Int
  /// Tokens held.
  public private(set) var count = 0

  /// Room for `capacity` tokens of `width` floats.
  public init(capacity: Int, width: Int) {
    self.capacity = capacity
    self.width = width
    keys = Storage(count: capacity * width)
    values = Storage(count: capacity * width)
  }

  /// Appends the rows of `k` and `v` and returns all rows held so far.
  public func append(_ k: Tensor, _ v: Tensor) -> (keys: Tensor, values: Tensor) {
    let rows = k.count / width
    precondition(count + rows <= capacity, "KeyValueCache: \(count) + \(rows) tokens of \(capacity)")
    (keys.base + count * width).update(from: k.pointer, count: k.count)
    (values.base + count * width).update(from: v.pointer, count: v.count)
    count += rows
    return (Tensor(keys, shape: [count, width]), Tensor(values, shape: [count, width]))
  }
}
