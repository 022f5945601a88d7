import Testing

@testable import Records

@Suite struct AxisTests {
  @Test func `numbers stand at round values`() {
    #expect(Axis.values(2.1...9.7, fromZero: false).ticks == [0, 2, 4, 6, 8])
    #expect(Axis.values(6.2...9.9, fromZero: false).ticks == [6, 7, 8, 9, 10])
    #expect(Axis.steps(from: 1, through: 400).ticks == [100, 200, 300, 400])
    #expect(Axis.steps(from: 7, through: 7).ticks == [7, 8])
    #expect(Axis.logarithmic(1.2...9).ticks == [1, 1.5, 2, 3, 5, 7])
    #expect(Axis.logarithmic(0.02...300).ticks == [0.01, 0.1, 1, 10, 100])
  }

  @Test(arguments: [0...0, 5...5, -2...3, 1e-9...2e-9, -1e30...1e30])
  func `the axis holds its range`(range: ClosedRange<Double>) {
    let axis = Axis.values(range, fromZero: false)
    #expect(axis.share(range.lowerBound) >= -1e-9 && axis.share(range.upperBound) <= 1 + 1e-9)
    #expect((2...12).contains(axis.ticks.count))
  }

  @Test(arguments: [1...1, 1.2...9, 1e-12...1e12, 0.05...0.06])
  func `the logarithmic axis holds its range`(range: ClosedRange<Double>) {
    let axis = Axis.logarithmic(range)
    #expect(axis.share(range.lowerBound) >= 0 && axis.share(range.upperBound) <= 1)
    #expect((1...12).contains(axis.ticks.count))
  }
}
