import Checkpoints
import Foundation
import Kernels
import Tensors
import Testing

/// The parameters and moments of one run of `adamW`.
private struct AdamWRun {
  var parameter: [Float]
  var m: [Float]
  var v: [Float]

  init(_ start: [Float]) {
    parameter = start
    m = [Float](repeating: 0, count: start.count)
    v = m
  }

  /// A step over the first `count` floats, with the settings of Golden/make_golden.py.
  mutating func step(_ gradient: [Float], count: Int, time: Int) throws {
    let settings = AdamWStep(
      learningRate: 1e-2, beta1: 0.9, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1, time: time)
    try parameter.withUnsafeMutableBufferPointer { parameter in
      try m.withUnsafeMutableBufferPointer { m in
        try v.withUnsafeMutableBufferPointer { v in
          try gradient.withUnsafeBufferPointer { gradient in
            adamW(
              try #require(parameter.baseAddress), gradient: try #require(gradient.baseAddress),
              m: try #require(m.baseAddress), v: try #require(v.baseAddress), count: count, gradientScale: 0.5,
              step: settings)
          }
        }
      }
    }
  }
}

private func golden() throws -> SafetensorsFile {
  try SafetensorsFile(path: try #require(Bundle.module.path(forResource: "Golden/adamw", ofType: "safetensors")))
}

@Test func `six AdamW steps equal those of torch.optim.AdamW`() throws {
  let file = try golden()
  let start = try file.tensor("start").array
  let count = start.count
  let gradients = try file.tensor("gradients").array
  var run = AdamWRun(start)
  for step in 0..<gradients.count / count {
    let range = step * count..<(step + 1) * count
    try run.step(Array(gradients[range]), count: count, time: step + 1)
    let expected = try file.tensor("parameters").array[range]
    // A step changes a parameter by about the learning rate: a ten-thousandth of that.
    #expect(zip(run.parameter, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "step \(step)")
    for (found, name, power) in [(run.m, "m", 1), (run.v, "v", 2)] {
      let expected = try file.tensor(name).array
      for element in 0..<count {
        // Gradients cancel in m: what is lost is measured by the largest that went in.
        let largest = (0...step).map { abs(0.5 * gradients[$0 * count + element]) }.max() ?? 0
        let scale = power == 1 ? largest : largest * largest
        let difference = abs(found[element] - expected[step * count + element])
        #expect(difference <= 1e-6 * scale, "\(name)[\(element)], step \(step)")
      }
    }
  }
}

@Test(arguments: [0, 1, 15, 16, 17, 33])
func `AdamW changes what it is given and nothing beyond`(count: Int) throws {
  let file = try golden()
  let start = try file.tensor("start").array
  let gradient = Array(try file.tensor("gradients").array[..<start.count])
  var (whole, part) = (AdamWRun(start), AdamWRun(start))
  try whole.step(gradient, count: start.count, time: 1)
  try part.step(gradient, count: count, time: 1)
  #expect(part.parameter[..<count] == whole.parameter[..<count])
  #expect(part.parameter[count...] == start[count...])
  #expect(part.m[..<count] == whole.m[..<count] && part.m[count...].allSatisfy { $0 == 0 })
  #expect(part.v[..<count] == whole.v[..<count] && part.v[count...].allSatisfy { $0 == 0 })
}
