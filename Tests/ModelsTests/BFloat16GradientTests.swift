import Foundation
import Kernels
import Models
import Testing

/// How far PyTorch's autocast is from single precision, written by Golden/make_autocast_golden.py.
private struct Autocast: Decodable {
  let loss: Float
  /// By parameter: the norm of the difference over the norm of the gradient.
  let gradients: [String: Double]

  init(_ name: String) throws {
    let own = Bundle.module.path(forResource: "Golden/\(name)/autocast.json", ofType: nil)
    let path = try #require(name.hasPrefix("/") ? name + "/autocast.json" : own)
    self = try JSONDecoder().decode(Autocast.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

/// Our own models, and those of `referenceModels` that Golden/make_autocast_golden.py was run on too.
private let measuredModels = referenceModels.filter {
  !$0.hasPrefix("/") || FileManager.default.fileExists(atPath: $0 + "/autocast.json")
}

/// What rounding did to a gradient.
private struct GradientError {
  /// Sums over products of the rounded gradient g and the single-precision one s.
  var (gs, ss, difference) = (0.0, 0.0, 0.0)

  mutating func add(_ rounded: [Float], _ single: [Float]) {
    for (g, s) in zip(rounded, single) {
      let (g, s) = (Double(g), Double(s))
      gs += g * s
      ss += s * s
      difference += (g - s) * (g - s)
    }
  }

  /// |g - s| / |s|
  var relative: Double { (difference / ss).squareRoot() }
  /// How much longer g is along s: what would not average out over steps.
  var bias: Double { gs / ss - 1 }
}

/// Training in bf16 on processors that have it; elsewhere the program takes single precision.
@Suite(.enabled(if: OneDNN.hasBFloat16, "this processor has no bf16 instructions"))
struct BFloat16GradientTests {
  /// Losses and gradients of the reference batch with products in the given precision.
  private func run(_ name: String, _ precision: ProductPrecision) throws -> (loss: Float, gradients: [String: [Float]])
  {
    let reference = try Reference(name)
    reference.model.store.setProducts(precision)
    let losses = try reference.model.losses(reference.input)
    return (losses.reduce(0, +) / Float(losses.count), try reference.gradients(reference.input))
  }

  @Test(arguments: measuredModels)
  func `gradients in bf16 are nearer to single precision than those of PyTorch's autocast`(name: String) throws {
    let peer = try Autocast(name)
    let (single, rounded) = (try run(name, .fp32), try run(name, .bf16))
    var all = GradientError()
    var (ours, peers) = (0.0, 0.0)
    for (parameter, expected) in peer.gradients {
      let (s, g) = (try #require(single.gradients[parameter]), try #require(rounded.gradients[parameter]))
      var error = GradientError()
      error.add(g, s)
      all.add(g, s)
      // Each alone is a sum of few roundings, so chance plays in; a part that is rounded once too often is far above.
      #expect(error.relative < 1.5 * expected + 1e-3, "\(parameter): \(error.relative), autocast \(expected)")
      #expect(abs(error.bias) < 1e-2, "\(parameter): \(error.bias)")
      ours += error.relative * error.relative
      peers += expected * expected
    }
    #expect(ours > 0, "nothing was rounded")
    #expect(ours < peers, "\(ours.squareRoot()), autocast \(peers.squareRoot())")
    #expect(abs(all.bias) < 4e-3, "\(all.bias)")
    #expect(abs(rounded.loss - single.loss) < 1e-3, "\(rounded.loss) and \(single.loss), autocast off by \(peer.loss)")
  }

  @Test(arguments: referenceModels)
  func `recomputed layers give every gradient in bf16 to the bit`(name: String) throws {
    let reference = try Reference(name)
    reference.model.store.setProducts(.bf16)
    let (kept, again) = (
      try reference.gradients(reference.input), try reference.gradients(reference.input, .recompute)
    )
    for (parameter, gradient) in kept {
      #expect(gradient.map(\.bitPattern) == again[parameter]?.map(\.bitPattern), "\(parameter)")
    }
  }
}
