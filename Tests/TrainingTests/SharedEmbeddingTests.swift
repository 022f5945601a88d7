import Autograd
import Communication
import Datasets
import Models
import Testing

@testable import Recipes
@testable import Training

/// An embedding that is the head's weight as well: its gradient leaves first, its looked-up rows are apart.
@Suite struct SharedEmbeddingTests {
  private static func stage(_ parts: [ModelPart], bucketFloats: Int) throws -> (VisionLanguageModel, StageParameters) {
    let model = try TinyRun.model()
    let train = parts.map { PartTraining(part: $0, lr: 0, lora: nil, lastLayers: nil) }
    return (
      model,
      try StageParameters(
        model: model, train: train, team: HostTeam(LocalCommunicator.alone()), bucketFloats: bucketFloats)
    )
  }

  @Test(arguments: [16, 100, 800, 5000])
  func `buckets are the whole buffer, those of the table first`(bucketFloats: Int) throws {
    let (model, parameters) = try Self.stage([.connector, .language], bucketFloats: bucketFloats)
    let table = model.language.head
    let ofTable = table.gradientOffset..<table.gradientOffset + table.count
    let first = parameters.buckets.prefix { ofTable.clamped(to: $0) == $0 }
    #expect(first.count == parameters.buckets.count { ofTable.clamped(to: $0) == $0 })
    #expect(first.count >= (table.count - 2 * bucketFloats) / bucketFloats)
    var end = 0
    for bucket in parameters.buckets.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      #expect(bucket.lowerBound == end && bucket.lowerBound % bucketFloats == 0)
      end = bucket.upperBound
    }
    #expect(end == parameters.count)
    #expect(parameters.sharedTable?.entry.offset == table.gradientOffset)
    #expect(try Self.stage([.connector], bucketFloats: 64).1.sharedTable == nil)
  }

  @Test(arguments: [1, 4096, 131_072, 262_145, 2_000_000, 2_097_152, 2_097_153, 5_000_000, 40_975_872, 300_000_007])
  func `buckets get shorter towards the end of the backward pass`(count: Int) {
    let boundaries = StageParameters.boundaries(of: count, early: 0..<0)
    let sizes = zip(boundaries, boundaries.dropFirst()).map { $1 - $0 }
    #expect(boundaries.first == 0 && sizes.reduce(0, +) == count && sizes.allSatisfy { $0 > 0 })
    #expect(boundaries.dropLast().allSatisfy { $0 % ShardPlan.blockFloats == 0 })
    #expect((sizes.max() ?? 0) <= StageParameters.bucketFloats)
    #expect(sizes.last.map { $0 <= 1 << 17 } == true)
    #expect(sizes.count <= count / StageParameters.bucketFloats + 16)
  }

  @Test(arguments: [(9_000_000, 5_000_000), (2_000_000, 10_000), (300_000, 3_000_000), (0, 100), (17, 17)])
  func `what is final early has buckets of its own, and is no part of what is left`(first: Int, length: Int) throws {
    let (early, count) = (first..<first + length, first + length + 3_000_000)
    let boundaries = StageParameters.boundaries(of: count, early: early)
    let block = ShardPlan.blockFloats
    #expect(boundaries.dropLast().allSatisfy { $0 % block == 0 })
    guard length > 2 * block else {
      #expect(boundaries == StageParameters.boundaries(of: count, early: 0..<0))
      return
    }
    let (begin, end) = ((first + block - 1) / block * block, early.upperBound / block * block)
    let places = try [begin, end].map { try #require(boundaries.firstIndex(of: $0)) }
    // The buckets before it are those that there were without it, and so are those behind it.
    let rest = StageParameters.boundaries(of: count - (end - begin), early: 0..<0)
    #expect(boundaries[..<places[0]] == rest.prefix { $0 < begin })
    let behind = boundaries[places[1]...].map { $0 - end }
    #expect(behind == StageParameters.boundaries(of: count - end, early: 0..<0))
    let whole = zip(boundaries[places[0]..<places[1]], boundaries[(places[0] + 1)...]).dropLast()
    #expect(whole.allSatisfy { $1 - $0 == StageParameters.bucketFloats })
  }

  @Test(arguments: [16, 100, 5000])
  func `in the backward walk the table's buckets are ready first, and all are in the end`(bucketFloats: Int) throws {
    let (model, parameters) = try Self.stage([.connector, .language], bucketFloats: bucketFloats)
    let flat = UnsafeMutablePointer<Float>.allocate(capacity: parameters.count)
    let rows = UnsafeMutablePointer<Float>.allocate(capacity: model.language.head.count)
    defer { for values in [flat, rows] { values.deallocate() } }
    flat.initialize(repeating: 0, count: parameters.count)
    rows.initialize(repeating: 0, count: model.language.head.count)
    parameters.buffer.base = flat
    parameters.sharedTable?.lookups.base = rows
    let input = MicroBatch(samples: [TinyRun.sample(1)], bad: []).modelInput(imageSize: 8)
    parameters.sharedTable?.lookups.begin(rows: Set(input.tokens).sorted())
    let tape = Tape()
    _ = try model.losses(input, on: tape)
    var counter = StageParameters.ReadyCounter(parameters)
    var ready: [Int] = []
    tape.backward { ready += counter.finished($0) }
    if bucketFloats == 16 { #expect(Array(ready.prefix(10)).sorted() == Array(0..<10)) }
    #expect(ready.sorted() == Array(parameters.buckets.indices))
  }

  @Test func `a step's norm is that of the gradient that nothing divides`() throws {
    let batch = MicroBatch(samples: (1..<4).map(TinyRun.sample), bad: [])
    let found = try TinyRun.step(ranks: 2) { _ in batch }.results[0].gradientNorm
    let model = try TinyRun.model()
    let all = model.store.parameters.filter { $0.name.hasPrefix("language_model.") }
    let buffer = GradientBuffer()
    var count = 0
    for parameter in model.store.parameters { parameter.freeze() }
    for parameter in all {
      parameter.train(into: buffer, offset: count)
      count += parameter.count
    }
    let values = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { values.deallocate() }
    values.initialize(repeating: 0, count: count)
    buffer.base = values
    let tape = Tape()
    let losses = try model.losses(batch.modelInput(imageSize: 8), on: tape)
    tape.backward()
    let norm = (0..<count).reduce(0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot()
    // Three equal micro-batches: sum and number of tokens are three times those of one.
    #expect(abs(found / (norm / Double(losses.count)) - 1) < 1e-5)
  }
}
