import Testing

@testable import Recipes

@Suite struct MixtureCurveTests {
  @Test func `a plain dictionary holds for the whole stage, in the order of the data`() throws {
    let mix = try parse(recipe("{captions: 0.9, text: 0.1}", "{text: 1, captions: 3}")).stages[0].mix
    for position in [0, 0.3, 1] {
      #expect(mix.weights(at: position).map(\.source) == ["captions", "text"])
      #expect(mix.weights(at: position).map(\.weight) == [0.75, 0.25])
    }
  }

  @Test func `between two points there is a straight line, outside it is level`() throws {
    let points = "[{at: 0.25, weights: {captions: 5}}, {at: 0.75, weights: {captions: 1, text: 3}}]"
    let mix = try parse(recipe("{captions: 0.9, text: 0.1}", points)).stages[0].mix
    let positions = [0, 0.25, 0.5, 0.75, 1]
    #expect(positions.map { mix.weights(at: $0)[0].weight } == [1, 1, 0.625, 0.25, 0.25])
    #expect(positions.map { mix.weights(at: $0)[1].weight } == [0, 0, 0.375, 0.75, 0.75])
  }

  @Test func `shares add up to 1 along the curve, whatever the size of the weights`() {
    let mix = MixtureCurve(
      sources: ["a", "b", "c"],
      points: [
        .init(at: 0, weights: [1e308, 1e308, 1e308]), .init(at: 0.4, weights: [1e-300, 0, 1e-300]),
        .init(at: 1, weights: [0, 7, 0.1]),
      ])
    for step in 0...100 {
      let weights = mix.weights(at: Double(step) / 100).map(\.weight)
      #expect(abs(weights.reduce(0, +) - 1) < 1e-15)
      #expect(weights.allSatisfy { $0 >= 0 })
    }
  }

  @Test func `a single point of a list stands for the whole stage`() throws {
    let points = "[{at: 0.5, weights: {text: 2}}]"
    let first = try parse(recipe("{captions: 0.9, text: 0.1}", points))
    #expect(first.stages[0].mix == MixtureCurve(sources: ["text"], points: [.init(at: 0, weights: [2])]))
    #expect(try parse(first.yaml()) == first)
  }

  @Test func `a recipe with one source need not mix`() throws {
    let yaml = recipe("    mix: {captions: 0.9, text: 0.1}\n", "").replacing("  text: {path: text.json}\n", with: "")
    #expect(try parse(yaml).stages[0].mix == MixtureCurve(sources: ["captions"], points: [.init(at: 0, weights: [1])]))
  }
}
