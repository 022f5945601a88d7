import Testing

@testable import Records

@Suite struct CurveTests {
  @Test(arguments: [1, 2, 399, 400, 401, 5000, 100_000])
  func `a curve of any length stays small and keeps its extremes`(steps: Int) {
    var curve = Curve()
    for step in 1...steps {
      curve.add(step: step, step == steps / 2 + 1 ? 50 : step == steps ? -3 : 1)
    }
    #expect(curve.buckets.count <= Curve.capacity)
    #expect(curve.raw.count <= 800)
    #expect(steps < 3 || curve.raw.map(\.y).min() == -3)
    #expect(steps < 3 || curve.raw.map(\.y).max() == 50)
    #expect(curve.buckets.reduce(0) { $0 + $1.count } == Double(steps))
  }

  @Test func `the mean of a bucket is the mean of its points`() {
    var curve = Curve()
    for step in 1...1000 { curve.add(step: step, Double(step)) }
    for bucket in curve.reduced(to: 10).buckets {
      #expect(abs(bucket.mean - bucket.x) < 1e-9)
      #expect(abs(bucket.mean - (bucket.min + bucket.max) / 2) < 1e-9)
    }
    #expect(curve.reduced(to: 10).buckets.count <= 10)
  }

  @Test func `NaN leaves a gap`() {
    var curve = Curve()
    curve.add(step: 1, 2)
    curve.add(step: 2, .nan)
    curve.add(step: 3, .infinity)
    curve.add(step: 4, 3)
    #expect(curve.raw == [Point(x: 1, y: 2), Point(x: 4, y: 3)])
  }

  @Test func `steps that are far apart or repeated do no harm`() {
    var curve = Curve()
    curve.add(step: 0, 1)
    curve.add(step: .max, 2)
    curve.add(step: 5, 3)
    #expect(curve.buckets.count == 2)
    for step in 0..<1000 { curve.add(step: .max - 1000 + step, 1) }
    #expect(curve.buckets.count <= Curve.capacity)
  }

  @Test func `smoothing keeps a constant, and the first value of a steep fall`() {
    var flat = Curve()
    var steep = Curve()
    for step in 1...200 {
      flat.add(step: step, 2)
      steep.add(step: step, 10 / Double(step))
    }
    #expect(flat.smooth.allSatisfy { abs($0.y - 2) < 1e-12 })
    #expect(steep.smooth.first?.y == 10)
  }

  @Test func `smoothing takes the noise away`() {
    var random = SeededGenerator(state: 3)
    var curve = Curve()
    for step in 1...400 { curve.add(step: step, 1 + Double.random(in: -0.5...0.5, using: &random)) }
    #expect(curve.smooth.dropFirst(20).dropLast(20).allSatisfy { abs($0.y - 1) < 0.25 })
  }
}
