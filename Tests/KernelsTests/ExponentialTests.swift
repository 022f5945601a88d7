import Foundation
import Testing

@testable import Kernels

@Test func `the exponential is right to two ten-millionths over its whole range`() {
  var worst = 0.0
  var x: Float = -87
  while x <= 87 {
    let expected = exp(Double(x))
    worst = max(worst, abs(Double(exponential(x)) - expected) / expected)
    x += 0.000_91
  }
  #expect(worst < 2e-7)
  #expect(exponential(0) == 1)
}

@Test func `beyond its range the exponential stays at the ends, and not-a-number passes`() {
  for far in [87, 88.8, 1e10, Float.infinity] as [Float] {
    #expect(exponential(far) == exponential(87))
    #expect(exponential(-far) == exponential(-87))
  }
  #expect(exponential(-87) > 0 && exponential(-87) < 2e-38)
  #expect(exponential(.nan).isNaN)
  #expect(exponential(-.nan).isNaN)
}

@Test func `a sigmoid goes from zero to one and is half at zero`() {
  #expect(sigmoid(0) == 0.5)
  #expect(sigmoid(100) == 1)
  #expect(sigmoid(-100) >= 0 && sigmoid(-100) < 1e-37)
  for x in stride(from: Float(-30), through: 30, by: 0.37) {
    #expect(abs(Double(sigmoid(x)) - 1 / (1 + exp(-Double(x)))) < 1e-7)
  }
}
