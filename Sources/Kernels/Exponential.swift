/// `e^x` without a call, a table or a branch, so that loops around it vectorise; relative error below 2e-7.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor polynomial of degree 7; 2^n by writing the exponent bits.
/// Inputs are clamped to ±87, where single precision ends.
@inline(__always)
func exponential(_ x: Float) -> Float {
  let clamped = x < -87 ? -87 : (x > 87 ? 87 : x)
  // Adding 1.5·2^23 rounds to the nearest integer and leaves it in the low mantissa bits.
  let shifted = clamped * 1.442695041 + 12_582_912
  let n = shifted - 12_582_912
  let r = (clamped - n * 0.693145752) - n * 1.42860677e-06
  var p: Float = 1.0 / 5040
  p = p * r + 1.0 / 720
  p = p * r + 1.0 / 120
  p = p * r + 1.0 / 24
  p = p * r + 1.0 / 6
  p = p * r + 0.5
  p = p * r + 1
  p = p * r + 1
  return Float(bitPattern: p.bitPattern &+ (shifted.bitPattern &<< 23))
}

/// `1 / (1 + e^-x)`.
@inline(__always)
func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }
