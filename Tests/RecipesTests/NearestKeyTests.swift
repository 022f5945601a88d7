import Testing

@testable import Recipes

@Suite struct NearestKeyTests {
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("stages", "stagse", 1), ("lr", "rl", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
  ])
  func `edit distances`(left: String, right: String, expected: Int) {
    #expect(editDistance(Array(left), Array(right)) == expected)
    #expect(editDistance(Array(right), Array(left)) == expected)
  }

  @Test func `the first of the nearest is taken, case ignored, and a far one is not called likely`() {
    #expect(NearestKey(to: "Stage", among: ["seed", "stages", "data"])?.key == "stages")
    #expect(NearestKey(to: "bb", among: ["ab", "cb"])?.key == "ab")
    #expect(NearestKey(to: "learing_rate", among: ["kind", "betas"])?.isLikely == false)
    #expect(NearestKey(to: "x", among: []) == nil)
  }

  @Test func `a word of a million letters is compared in no time`() {
    #expect(NearestKey(to: String(repeating: "x", count: 1_000_000), among: ["seed"])?.isLikely == false)
  }
}
