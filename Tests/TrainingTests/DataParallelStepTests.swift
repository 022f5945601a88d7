import Communication
import Models
import Synchronization
import Testing

@testable import Recipes
@testable import Training

@Test(arguments: [2, 3, 4, 5, 8])
func `losses, norms and weights are those of one rank, to the bit`(ranks: Int) throws {
  // 11 samples in micro-batches of 2: six leaves, the last one short; with 8 ranks two have nothing to do.
  let alone = try TinyRun.train(ranks: 1, steps: 6, global: 11, micro: 2, parts: [.vision, .connector, .language])
  let together = try TinyRun.train(
    ranks: ranks, steps: 6, global: 11, micro: 2, parts: [.vision, .connector, .language])
  #expect(together == alone)
  #expect(Set(alone.losses).count == 6)
}

@Test(
  arguments: [[0, 1], [0, 0, 1], [0, 1, 0, 2], [0, 0, 0, 1, 1], [0, 1, 2, 3, 0, 1, 2, 3]], ZeroStage.allCases)
func `moments dealt out over ranks and hosts change no bit`(hosts: [Int], zero: ZeroStage) throws {
  let alone = try TinyRun.train(ranks: 1, steps: 4, global: 11, micro: 2, parts: [.vision, .connector, .language])
  let together = try TinyRun.train(
    ranks: hosts.count, hosts: hosts, zero: zero, steps: 4, global: 11, micro: 2,
    parts: [.vision, .connector, .language])
  #expect(together == alone)
}

@Test(arguments: ZeroStage.allCases)
func `with bf16 between hosts a run learns as without, with other bits`(zero: ZeroStage) throws {
  func losses(_ wire: Communication.GradientWire) throws -> [Double] {
    let outcome = try TinyRun.train(
      ranks: 4, hosts: [0, 0, 1, 1], zero: zero, wire: wire, steps: 20, global: 8, micro: 2,
      parts: [.vision, .connector, .language])
    return outcome.losses.map { Double(bitPattern: $0) }
  }
  let (plain, rounded) = (try losses(.fp32), try losses(.bf16))
  #expect(plain != rounded)
  for (a, b) in zip(plain, rounded) { #expect(abs(a - b) < 0.02 * a, "\(plain), \(rounded)") }
  #expect(Set(rounded).count == 20)
}

@Test(arguments: [1, 2, 3], [50, 5000])
func `a leaf of several micro-batches is their sum but for rounding`(ranks: Int, vocabulary: Int) throws {
  // With the larger table buckets are summed beside the last backward pass.
  func run(isRunning: Bool) throws -> TinyRun.Outcome {
    try TinyRun.train(
      ranks: ranks, steps: 3, global: 24, micro: 2, parts: [.vision, .connector, .language], vocabulary: vocabulary,
      isRunning: isRunning)
  }
  let (fixed, running) = (try run(isRunning: false), try run(isRunning: true))
  for (a, b) in zip(fixed.norms + fixed.losses, running.norms + running.losses) {
    #expect(abs(Double(bitPattern: a) / Double(bitPattern: b) - 1) < 1e-4, "\(fixed.norms) \(running.norms)")
  }
  #expect(fixed.norms.count == 3 && fixed.norms != running.norms)
}

@Test func `a layout says what it costs, as the ranks find themselves on hosts`() throws {
  func cost(_ leaves: Int, hosts: [Int], zero: ZeroStage = .none) throws -> String? {
    let found = Mutex<Set<String?>>([])
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      let model = try TinyRun.model()
      let train = [PartTraining(part: .connector, lr: 0.01, lora: nil, lastLayers: nil)]
      let (parameters, optimizer, shards, team) = try TinyRun.stage(model, train, zero: zero, communicator)
      let step = try DataParallelStep(
        model: model, parameters: parameters, optimizer: optimizer, shards: shards, team: team,
        communicator: communicator, sources: 1, clip: 1, leaves: leaves)
      _ = found.withLock { $0.insert(step.layout(of: leaves).cost) }
    }
    return try #require(found.withLock { $0.count == 1 ? $0.first : nil })
  }
  // An aligned power of two of micro-batches on each rank; three of them, on one host and on four.
  #expect(try cost(16, hosts: [0, 1, 2, 3]) == nil)
  #expect(try cost(12, hosts: [0, 0, 0, 0]) == nil)
  #expect(try cost(12, hosts: [0, 1, 2, 3])?.contains("hosts send 1.50 times the bytes") == true)
  let rounds = try #require(try cost(4, hosts: [0, 1], zero: .gradients))
  #expect(rounds.contains("hosts send 1.50 times the bytes of one sum, as with zero: 2 one follows every micro-batch;"))
  #expect(rounds.hasSuffix("best are as many ranks as there are micro-batches"))
  #expect(try cost(8, hosts: [0, 0, 0])?.contains("ranks are idle for 11 %") == true)
}

@Test func `the micro-batch size changes the loss only by rounding`() throws {
  let small = try TinyRun.train(ranks: 2, steps: 4, global: 12, micro: 1, parts: [.language])
  let large = try TinyRun.train(ranks: 1, steps: 4, global: 12, micro: 12, parts: [.language])
  for (a, b) in zip(small.losses, large.losses) {
    #expect(abs(Double(bitPattern: a) - Double(bitPattern: b)) < 1e-5)
  }
}

@Test(arguments: [[ModelPart.connector], [.vision], [.language], [.connector, .embeddings]])
func `frozen parts are bit-identical afterwards and the others are not`(parts: [ModelPart]) throws {
  let before = try TinyRun.train(ranks: 1, steps: 0, global: 6, micro: 2, parts: parts).parameters
  let after = try TinyRun.train(ranks: 2, steps: 3, global: 6, micro: 2, parts: parts).parameters
  let model = try TinyRun.model()
  let train = parts.map { PartTraining(part: $0, lr: 0, lora: nil, lastLayers: nil) }
  for (name, values) in after {
    let trains = StageParameters.part(of: name, in: train, model: model) != nil
    // The bias of keys in a tower has no gradient but rounding noise, which AdamW may or may not act on.
    if name.hasSuffix("k_proj.bias") && name.hasPrefix("vision_tower") { continue }
    #expect((values != before[name]) == trains, "\(name)")
  }
}

@Test func `a gradient that is not finite changes no parameter on any rank`() throws {
  let before = try TinyRun.train(ranks: 1, steps: 0, global: 6, micro: 2, parts: [.connector]).parameters
  let spoiled = try TinyRun.train(ranks: 3, steps: 1, global: 6, micro: 2, parts: [.connector]) { _, index in index == 4
  }
  #expect(spoiled.parameters == before)
  #expect(!Double(bitPattern: spoiled.norms[0]).isFinite)
}

@Test func `a stage that would train nothing is refused`() throws {
  let model = try TinyRun.model()
  #expect(throws: TrainingError.nothingTrains(parts: ["head"])) {
    try StageParameters(
      model: model, train: [PartTraining(part: .head, lr: 1, lora: nil, lastLayers: nil)],
      team: HostTeam(LocalCommunicator.alone()))
  }
  #expect(
    TrainingError.nothingTrains(parts: ["head"]).description.hasPrefix("train: head would train nothing"))
}
