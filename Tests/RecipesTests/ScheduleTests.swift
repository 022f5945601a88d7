import Foundation
import Testing

@testable import Recipes

/// A line of schedules.json, which Golden/schedules.py writes with transformers.
struct ScheduleCase: Decodable, CustomTestStringConvertible {
  var kind: String
  var warmup: Double
  var total: Int
  var floor: Double
  var decay: Double
  var factors: [Double]

  var testDescription: String { "\(kind), warm-up \(warmup) of \(total), floor \(floor), decay \(decay)" }

  static func all() throws -> [ScheduleCase] {
    try JSONDecoder().decode([ScheduleCase].self, from: Data(contentsOf: golden("schedules.json")))
  }
}

@Suite struct ScheduleTests {
  @Test(arguments: try ScheduleCase.all())
  func `factors are those of transformers`(reference: ScheduleCase) throws {
    let schedule = Schedule(
      kind: try #require(ScheduleKind(rawValue: reference.kind)),
      warmup: reference.warmup < 1 ? .fraction(reference.warmup) : .steps(Int(reference.warmup)),
      floor: reference.floor, decay: reference.decay)
    for (step, expected) in reference.factors.enumerated() {
      let factor = schedule.factor(step: step, totalSteps: reference.total)
      #expect(abs(factor - expected) <= 1e-15, "step \(step)")
    }
  }

  @Test func `a linear decay ends at its floor and stays there`() {
    let schedule = Schedule(kind: .linear, warmup: .steps(0), floor: 0.25)
    #expect([0, 2, 4, 9].map { schedule.factor(step: $0, totalSteps: 4) } == [1, 0.625, 0.25, 0.25])
  }

  @Test func `a stage shorter than its warm-up and one without steps give finite factors`() {
    for kind in ScheduleKind.allCases {
      let schedule = Schedule(kind: kind, warmup: .steps(10), floor: 0.1)
      for total in [0, 1, 5] {
        for step in 0...12 {
          let factor = schedule.factor(step: step, totalSteps: total)
          #expect(factor >= 0 && factor <= 1, "\(kind), step \(step) of \(total)")
        }
      }
    }
  }
}
