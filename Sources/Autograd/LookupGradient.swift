/// The gradient of a table's looked-up rows, where it is kept apart from that of the table: a row of a buffer of its own for
/// each row that a step looks up.
///
/// A table that is also the head's weight has its gradient from there when the backward walk has hardly begun, and that of
/// the rows at its very end.
public final class LookupGradient {
  /// First float of the buffer being filled; nil while no backward pass may run.
  public var base: UnsafeMutablePointer<Float>?
  /// For every row of the table its place among those that are looked up.
  private var places: [Int32]

  public init(tableRows: Int) {
    places = Array(repeating: -1, count: tableRows)
  }

  /// Every row that is looked up until the next call, each once; the first one comes first in the buffer.
  public func begin(rows: [Int32]) {
    for (place, row) in rows.enumerated() { places[Int(row)] = Int32(place) }
  }

  func places(of rows: [Int32]) -> [Int32] { rows.map { places[Int($0)] } }
}
