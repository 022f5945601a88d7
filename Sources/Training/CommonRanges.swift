/// Calls `body` with what two lists of ranges have in common, ascending, and the number in `left` of the range that it is
/// a part of. Each list is ascending, without overlaps, and walked once.
func forEachCommonRange(
  _ left: some Sequence<Range<Int>>, _ right: some Sequence<Range<Int>>, _ body: (Int, Range<Int>) -> Void
) {
  var (lefts, rights) = (left.makeIterator(), right.makeIterator())
  var (number, range, other) = (0, lefts.next(), rights.next())
  while let a = range, let b = other {
    let common = a.clamped(to: b)
    if !common.isEmpty { body(number, common) }
    if a.upperBound <= b.upperBound {
      (number, range) = (number + 1, lefts.next())
    } else {
      other = rights.next()
    }
  }
}
