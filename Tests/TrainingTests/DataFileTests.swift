import Datasets
import Foundation
import Testing

@testable import Recipes
@testable import Training

/// A data file that is not there: the recipe's line that names it.
@Suite struct DataFileTests {
  private static func fault(_ overrides: [String] = []) throws -> String {
    let recipe = try Recipe.parse(
      yaml: """
        model: {path: llava}
        data:
          chat: {path: /none/chat.json}
        stages: [{name: align, train: {connector: {lr: 1e-3}}, batch: {global: 4, micro: 2}, until: {steps: 9}}]
        evaluation:
          data:
            held out: {path: /none/h.json}
        """, source: "r.yaml", overrides: overrides)
    func sentence(_ sources: [DataSource], _ key: String) -> String {
      do {
        _ = try recipe.open(sources, under: key)
        return ""
      } catch { return "\(error)" }
    }
    return sentence(recipe.data, "data") + "\n" + sentence(recipe.evaluation.data, "evaluation.data")
  }

  @Test func `a missing data file is told of with the place in the recipe`() throws {
    #expect(
      try Self.fault() == """
        r.yaml:3:16: data.chat.path: /none/chat.json: there is no such file; check the path
        r.yaml:7:22: evaluation.data.held out.path: /none/h.json: there is no such file; check the path
        """)
    #expect(
      try Self.fault(["data.chat.path=/gone"]).hasPrefix(
        "--set data.chat.path=/gone: data.chat.path: /gone: there is no such file; check the path"))
    let nowhere = TrainingError.missingData(path: "a", key: "data.b.path", place: nil)
    #expect("\(nowhere)" == "data.b.path: a: there is no such file; check the path")
  }
}
