import Autograd
import Foundation
import Kernels
import Tensors
import Testing

/// The head's losses and gradients in double precision, position by position.
private func plainHead(
  _ hidden: [Float], _ weight: [Float], labels: [Int32], width: Int
) -> (losses: [Double], correct: [Bool], dHidden: [Double], dWeight: [Double]) {
  let vocabulary = weight.count / width
  var losses: [Double] = []
  var correct: [Bool] = []
  var dHidden = [Double](repeating: 0, count: hidden.count)
  var dWeight = [Double](repeating: 0, count: weight.count)
  var z = [Double](repeating: 0, count: vocabulary)
  for (position, label) in labels.enumerated() {
    let at = position * width
    var top = -Double.infinity
    for token in 0..<vocabulary {
      var sum = 0.0
      for j in 0..<width { sum += Double(hidden[at + j]) * Double(weight[token * width + j]) }
      z[token] = sum
      top = max(top, sum)
    }
    correct.append(z[Int(label)] == top)
    let target = z[Int(label)]
    var total = 0.0
    for token in 0..<vocabulary {
      z[token] = exp(z[token] - top)
      total += z[token]
    }
    losses.append(log(total) + top - target)
    for token in 0..<vocabulary {
      let dz = z[token] / total - (token == Int(label) ? 1 : 0)
      for j in 0..<width {
        dHidden[at + j] += dz * Double(weight[token * width + j])
        dWeight[token * width + j] += dz * Double(hidden[at + j])
      }
    }
  }
  return (losses, correct, dHidden, dWeight)
}

private func worst(_ found: [Float], _ expected: [Double]) -> Double {
  found.count == expected.count ? zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
}

@Test func `a vocabulary of several tiles has the losses, hits and gradients of the plain loop`() throws {
  // Four million logits fit into a tile: here that is 69 of the 80 positions.
  let (vocabulary, positions, width) = (60_001, 80, 2)
  let hidden = Operand([positions, width], scale: 3).values("hidden")
  let weight = Operand([vocabulary, width], scale: 2).values("weight")
  // Every other label is the likeliest token, so that both answers occur in both tiles.
  let labels = (0..<positions).map { position -> Int32 in
    guard position % 2 == 0 else { return Int32(position * 701 % vocabulary) }
    let at = position * width
    func logit(_ token: Int) -> Float {
      hidden[at] * weight[token * width] + hidden[at + 1] * weight[token * width + 1]
    }
    return Int32((0..<vocabulary).max { logit($0) < logit($1) } ?? 0)
  }
  let plain = plainHead(hidden, weight, labels: labels, width: width)
  let parameter = Parameter(name: "head", value: Tensor(weight, shape: [vocabulary, width]))
  let flat = FlatGradients([parameter])
  let tape = Tape()
  let x = tape.input(Tensor(hidden, shape: [positions, width]))
  let found = x.headLosses(parameter, labels: labels)
  let slot = try #require(x.slot)
  let gradients = tape.backward(keeping: [slot])
  #expect(worst(found.losses, plain.losses) < 2e-5)
  #expect(found.correct == plain.correct)
  #expect(found.correct.filter { $0 }.count == positions / 2)
  #expect(worst(try #require(gradients[slot]).array, plain.dHidden) < 1e-4)
  #expect(worst(try #require(flat.gradient(of: parameter)), plain.dWeight) < 1e-5)
}

@Test func `logits of ten thousand give finite losses and gradients`() throws {
  let hidden: [Float] = [1e4, -1e4, 0, 1e4]
  let parameter = Parameter(name: "head", value: Tensor([1, 0, 0, 1, -1, 0], shape: [3, 2]))
  let flat = FlatGradients([parameter])
  let tape = Tape()
  let x = tape.input(Tensor(hidden, shape: [2, 2]))
  let found = x.headLosses(parameter, labels: [1, 1])
  let slot = try #require(x.slot)
  let gradients = tape.backward(keeping: [slot])
  // Logits 1e4, -1e4, -1e4 with label 1, and 0, 1e4, 0 with label 1.
  #expect(found.losses == [2e4, 0])
  #expect(found.correct == [false, true])
  let dHidden = try #require(gradients[slot]).array
  #expect(dHidden.allSatisfy { $0.isFinite })
  #expect(zip(dHidden, [1, -1, 0, 0] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
  #expect(flat.gradient(of: parameter)?.allSatisfy { $0.isFinite } == true)
}

@Test func `no supervised position is no loss, no gradient and no record to trip over`() {
  let parameter = Parameter(name: "head", value: Tensor([1, 0, 0, 1], shape: [2, 2]))
  let flat = FlatGradients([parameter])
  let tape = Tape()
  let found = tape.input(Tensor([], shape: [0, 2])).headLosses(parameter, labels: [])
  tape.backward()
  #expect(found.losses.isEmpty && found.correct.isEmpty)
  #expect(flat.gradient(of: parameter) == [0, 0, 0, 0])
}

@Test(arguments: [1, 2, 15, 16, 17, 33])
func `a hit is where the label has the largest logit, wherever in the vocabulary it stands`(vocabulary: Int) {
  let hidden = Variable(Tensor([1, 1], shape: [2, 1]))
  for best in 0..<vocabulary {
    // The other label comes second, so that a lost maximum would make it the first.
    let other = (best + 1) % vocabulary
    let logits = (0..<vocabulary).map { $0 == best ? Float(2) : $0 == other ? 1.5 : Float($0 % 5) / 4 }
    let parameter = Parameter(name: "head", value: Tensor(logits, shape: [vocabulary, 1]))
    let found = hidden.headLosses(parameter, labels: [Int32(best), Int32(other)])
    #expect(found.correct == [true, other == best], "best \(best)")
  }
}
