import Tensors
import Testing

@testable import Training

@Suite struct CommonRangesTests {
  /// What a walk finds, each list read as a stream that cannot be read again.
  private func common(_ left: [Range<Int>], _ right: [Range<Int>]) -> [[Int]] {
    var (lefts, rights, found) = (left.makeIterator(), right.makeIterator(), [[Int]]())
    forEachCommonRange(AnySequence { AnyIterator { lefts.next() } }, AnySequence { AnyIterator { rights.next() } }) {
      found.append([$0, $1.lowerBound, $1.upperBound])
    }
    return found
  }

  @Test func `parts are told with the range that they are of`() {
    #expect(common([0..<4, 4..<8, 10..<12], [2..<6, 7..<11]) == [[0, 2, 4], [1, 4, 6], [1, 7, 8], [2, 10, 11]])
    #expect(common([0..<4], [4..<8]).isEmpty && common([], [0..<1]).isEmpty && common([0..<1], []).isEmpty)
    #expect(common([3..<3, 3..<5], [0..<3, 4..<4, 4..<9]) == [[1, 4, 5]])
    #expect(common([0..<9], [1..<2, 3..<4, 8..<20]) == [[0, 1, 2], [0, 3, 4], [0, 8, 9]])
  }

  @Test func `two long lists, each read once, have in common what every pair has`() {
    var random = RandomStream(3, 1)
    func list(_ count: Int) -> [Range<Int>] {
      var end = 0
      return (0..<count).map { _ in
        let start = end + Int(random.below(4))
        end = start + 1 + Int(random.below(6))
        return start..<end
      }
    }
    for _ in 0..<20 {
      let (left, right) = (list(200), list(150))
      let expected = left.enumerated().flatMap { number, range in
        right.filter(range.overlaps).map {
          [number, range.clamped(to: $0).lowerBound, range.clamped(to: $0).upperBound]
        }
      }
      #expect(common(left, right) == expected)
    }
  }
}
