import Evaluation
import Testing

@Suite struct HeldOutSumsTests {
  @Test func `a sample is exact when every token of it is right`() {
    var sums = HeldOutSums()
    sums.add(([1, 2], [true, true]))
    sums.add(([4], [false]))
    sums.add(([1, 1], [true, false]))
    #expect(sums.nll == 9 && sums.tokens == 5)
    #expect(sums.samples == 3 && sums.exact == 1)
    #expect(sums.loss == 1.8)
    #expect(sums.accuracy == 1.0 / 3)
  }

  @Test func `ranks add up to what one rank would have`() {
    let scores: [(losses: [Float], correct: [Bool])] = [([1], [true]), ([2, 3], [true, false]), ([0.5], [true])]
    var (whole, first, second) = (HeldOutSums(), HeldOutSums(), HeldOutSums())
    for (index, score) in scores.enumerated() {
      whole.add(score)
      if index % 2 == 0 { first.add(score) } else { second.add(score) }
    }
    whole.bad = 3
    first.bad = 1
    second.bad = 2
    (whole.firstBad, first.firstBad, second.firstBad) = ("a", "a", "b")
    #expect(first + second == whole)
    #expect(HeldOutSums() + whole == whole)
  }

  @Test func `nothing measured is neither a loss nor an accuracy, and no division by zero`() {
    #expect(HeldOutSums().loss == 0 && HeldOutSums().accuracy == 0)
  }
}
