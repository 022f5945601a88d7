import Foundation

/// `e^x` in double precision: what probabilities of a few tokens are made of.
func exponential(_ x: Float) -> Double { exp(Double(x)) }
