import Foundation
import Records
import Testing

@testable import Checkpoints
@testable import Training

/// What decides the last bits is kept, compared and said.
@Suite struct ArithmeticTests {
  private let plain = Arithmetic(
    kernels: "AVX2 and FMA", openBLAS: "0.3.21, core Zen", oneDNN: "2.6.3, avx2", cLibrary: "2.36", precision: "fp32",
    threads: 1)

  private func ranks(_ all: Arithmetic..., hosts: [String]? = nil) -> RankArithmetic {
    RankArithmetic(ranks: all, hosts: hosts ?? all.indices.map { "n\($0 + 1)" })
  }

  @Test func `every field is a fact, and a change of any is said with what was and what is`() {
    var changed = [Arithmetic](repeating: plain, count: 6)
    changed[0].kernels = "other"
    changed[1].openBLAS = "other"
    changed[2].oneDNN = "other"
    changed[3].cLibrary = "other"
    changed[4].precision = "other"
    changed[5].threads = 7
    for (index, arithmetic) in changed.enumerated() {
      let fact = plain.facts[index]
      let value = index == 5 ? "7" : "other"
      let sentence = ranks(arithmetic).change(since: [plain])
      #expect(
        sentence == "this run is not computed as before: \(fact.name) (was \(fact.value), is \(value)); it goes on, "
          + (index == 5
            ? "and its figures stay the same: no sum depends on the number of threads"
            : "but its figures may differ in the last bits from those of an undisturbed run"))
    }
    #expect(Mirror(reflecting: plain).children.count == plain.facts.count)
  }

  @Test func `several changes are one sentence, none is none, and ranks may be more or fewer`() {
    var other = plain
    (other.oneDNN, other.threads) = ("2.6.3, avx512_core", 2)
    let sentence = ranks(other, other).change(since: [plain]) ?? ""
    #expect(sentence.contains("oneDNN (was 2.6.3, avx2, is 2.6.3, avx512_core); threads (was 1, is 2); it goes on"))
    #expect(ranks(plain, other).change(since: [plain])?.contains("threads (was 1, is 1 and 2)") == true)
    #expect(ranks(plain, other, plain).change(since: [other, plain]) == nil)
    #expect(ranks(plain, plain).change(since: [plain]) == nil)
    #expect(ranks(other).change(since: nil) == nil)
  }

  @Test func `ranks that differ are named by their hosts, in what they differ only`() {
    var other = plain
    other.openBLAS = "0.3.21, core SkylakeX"
    #expect(ranks(plain, plain).difference == nil)
    let sentence = ranks(plain, other, plain, hosts: ["n1", "n2", "n1"]).difference
    #expect(
      sentence == "the ranks compute differently: OpenBLAS 0.3.21, core Zen on n1; "
        + "OpenBLAS 0.3.21, core SkylakeX on n2; the run goes on, but its figures may differ in the last bits with the number and order of the ranks; "
        + "use hosts of one kind for equal bits")
    let many = RankArithmetic(ranks: [other] + Array(repeating: plain, count: 11), hosts: (1...12).map { "n\($0)" })
    #expect(many.difference?.contains("core Zen on n2, n3, n4, n5, n6, n7, n8, n9 and 3 more; the run") == true)
  }

  /// Rewrites the state in a checkpoint.
  private func change(_ checkpoint: String, _ body: (inout RunState) -> Void) throws {
    let path = checkpoint + "/" + Manifest.file
    var manifest = try Manifest(Array(Data(contentsOf: URL(fileURLWithPath: path))), path: path)
    var state = try JSONDecoder().decode(RunState.self, from: manifest.state)
    body(&state)
    manifest.state = try JSONEncoder().encode(state)
    try Data(manifest.encoded()).write(to: URL(fileURLWithPath: path))
  }

  @Test(arguments: [1, 2])
  func `a checkpoint with another record gives one warning, the same or none at all gives none`(ranks: Int) throws {
    let world = try FeatureWorld()
    #expect(try world.run("run", ranks: ranks).warnings == [])
    for (step, expected) in [(8, 0), (6, 0), (4, 1)] {
      try FileManager.default.copyItem(atPath: world.path + "/run", toPath: world.path + "/\(step)")
      try world.rewind("\(step)", to: step)
      try change("\(world.path)/\(step)/checkpoints/step-\(step)") { state in
        #expect(state.arithmetic?.count == 1)
        if step == 6 { state.arithmetic = nil }
        if step == 4 { state.arithmetic?[0].openBLAS = "0.1, core Abacus" }
      }
      let warnings = try world.run("\(step)", ranks: ranks).warnings
      #expect(warnings.count == expected, "\(warnings)")
      #expect(warnings.allSatisfy { $0.contains("OpenBLAS (was 0.1, core Abacus, is ") })
    }
    // The record is renewed with the next checkpoint, so the change is said once.
    try world.rewind("4", to: 6)
    #expect(try world.run("4", ranks: ranks).warnings.count == 1)
  }
}
