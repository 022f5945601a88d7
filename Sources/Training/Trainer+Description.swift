import Foundation
import Records

extension Trainer {
  /// What runs on what, for the journal's line of the start. `hosts`: that of each rank. The arithmetic is rank 0's: a
  /// warning tells where another rank has another.
  func description(hosts: [String], arithmetic: RankArithmetic) -> [String: JournalValue] {
    var names: [String] = []
    for host in hosts where !names.contains(host) { names.append(host) }
    func sizes(_ sets: [(name: String, count: Int)]) -> JournalValue {
      .table(Dictionary(sets.map { ($0.name, .integer($0.count)) }) { first, _ in first })
    }
    return [
      "ranks": .integer(hosts.count), "precision": .text(recipe.productPrecision.rawValue),
      "wire": .text(recipe.wire.rawValue), "hosts": .list(names.map { .text($0) }),
      "cores": .integer(ProcessInfo.processInfo.activeProcessorCount),
      "parameters": .table(parameterCounts().mapValues { .integer($0) }),
      "arithmetic": .table(
        Dictionary(arithmetic.ranks[0].facts.map { ($0.name, .text($0.value)) }) { first, _ in first }),
      "data": sizes(datasets.map { ($0.name, $0.count) }),
      "held_out": sizes(heldOut.sets.sources.map { ($0.name, min(heldOut.limit ?? $0.count, $0.count)) }),
    ]
  }

  /// How many numbers each part of the model has.
  private func parameterCounts() -> [String: Int] {
    loaded.model.store.parameters.reduce(into: [:]) { counts, parameter in
      let part =
        parameter.name.hasPrefix("vision_tower.")
        ? "vision" : parameter.name.hasPrefix("multi_modal_projector.") ? "connector" : "language"
      counts[part, default: 0] += parameter.count
    }
  }
}
