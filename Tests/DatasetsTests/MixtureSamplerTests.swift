import Datasets
import Foundation
import Tensors
import Testing

@Suite struct MixtureSamplerTests {
  private static let sources = [(name: "captions", count: 23), (name: "chat", count: 7), (name: "text", count: 4)]

  private static func sampler(_ seed: UInt64 = 5, state: MixtureSampler.State? = nil) -> MixtureSampler {
    MixtureSampler(sources: sources, seed: seed, state: state)
  }

  @Test func `each sample comes once per epoch, in another order each time`() {
    var sampler = Self.sampler()
    let drawn = sampler.draw(900, weights: [0.6, 0.3, 0.1])
    for (source, count) in Self.sources.map(\.count).enumerated() {
      let indices = drawn.filter { $0.source == source }.map(\.index)
      let epochs = stride(from: 0, through: indices.count - count, by: count).map { Array(indices[$0..<$0 + count]) }
      #expect(epochs.count >= 20)
      #expect(epochs.allSatisfy { $0.sorted() == Array(0..<count) })
      // Of the few orders of few samples some come again; long ones never do.
      if count > 7 { #expect(Set(epochs).count == epochs.count) }
      #expect(sampler.epochs(of: source) == Double(indices.count) / Double(count))
    }
  }

  @Test func `every source has its share to within one sample at every moment, for any number of sources`() {
    var random = RandomStream(3)
    for round in 0..<300 {
      let count = 2 + random.below(8)
      let weights = (0..<count).map { _ in pow(random.uniform(), Double(1 + round % 6)) + 1e-6 }
      let total = weights.reduce(0, +)
      var sampler = MixtureSampler(sources: (0..<count).map { ("s\($0)", 50) }, seed: 1)
      var drawn = [Int](repeating: 0, count: count)
      for moment in 1...400 {
        drawn[sampler.draw(1, weights: weights)[0].source] += 1
        for source in 0..<count {
          #expect(abs(Double(drawn[source]) - Double(moment) * weights[source] / total) < 1 + 1e-9, "\(weights)")
        }
      }
    }
  }

  @Test func `drawing goes on from a state that went through a file as if nothing had been`() throws {
    let weights = { (draw: Int) in [0.5, 0.5 - Double(draw) / 400, Double(draw) / 400] }
    var whole = Self.sampler()
    let all = (0..<200).map { whole.draw(1, weights: weights($0))[0] }
    for stop in [0, 1, 6, 7, 23, 24, 113] {
      var first = Self.sampler()
      for draw in 0..<stop { _ = first.draw(1, weights: weights(draw)) }
      let state = try JSONDecoder().decode(MixtureSampler.State.self, from: JSONEncoder().encode(first.state))
      var second = Self.sampler(state: state)
      #expect((stop..<200).map { second.draw(1, weights: weights($0))[0] } == Array(all[stop...]), "\(stop)")
    }
  }

  @Test func `the order depends on the seed, not on how many are drawn at a time`() {
    var (one, other, alike) = (Self.sampler(5), Self.sampler(6), Self.sampler(5))
    let drawn = one.draw(120, weights: [3, 2, 1])
    #expect((0..<40).flatMap { _ in alike.draw(3, weights: [3, 2, 1]) } == drawn)
    let others = other.draw(120, weights: [3, 2, 1])
    #expect(others.map(\.source) == drawn.map(\.source))
    #expect(others != drawn)
  }

  @Test func `weights that change on the way are followed to within one sample`() {
    var sampler = Self.sampler()
    var drawn = [0.0, 0, 0]
    var due = [0.0, 0, 0]
    for moment in 0..<600 {
      let at = Double(moment) / 600
      let weights = [1 - at, at, at < 0.5 ? 0 : 0.25]
      let total = weights.reduce(0, +)
      drawn[sampler.draw(1, weights: weights)[0].source] += 1
      for source in 0..<3 {
        due[source] += weights[source] / total
        #expect(abs(drawn[source] - due[source]) < 1 + 1e-9, "\(moment)")
      }
    }
  }

  @Test func `sources without weight or without samples are never drawn`() {
    var sampler = MixtureSampler(sources: [("a", 0), ("b", 5), ("c", 5), ("d", 0)], seed: 1)
    #expect(Set(sampler.draw(50, weights: [1, 1, 0, 1]).map(\.source)) == [1])
    #expect(Set(sampler.draw(50, weights: [1, 0, 1, 1]).map(\.source)) == [2])
    #expect(Set(sampler.draw(50, weights: [0, 1, -3, 0]).map(\.source)) == [1])
    #expect(sampler.draw(5, weights: [1, 0, 0, 1]).isEmpty)
    #expect(sampler.epochs(of: 0) == 0)
  }
}
