import Autograd
import Communication
import Datasets
import Kernels
import Models
import Profiling
import Tensors

/// One training step over all ranks: every rank computes its micro-batches, gradients are summed in a fixed tree over
/// micro-batch numbers while the last backward pass goes on, and every rank takes the same optimizer step.
public final class DataParallelStep {
  /// What it does once the gradient is summed.
  public let update: WeightUpdate
  private let model: VisionLanguageModel
  private let parameters: StageParameters
  private let communicator: any Communicator
  private let reducer: GradientReducer
  private let rows: EmbeddingRows?
  private let sources: Int
  private let namesSamples: Bool
  /// Whether every micro-batch is summed over the ranks by itself.
  private let isInRounds: Bool
  private let activations: ActivationMemory
  /// Where vision features are kept; nil computes them each time.
  var features: FeatureCache?

  /// Collective. `shards`: what each rank updates of `parameters`, which the ranks of `team` share. `sources`: how many
  /// data sources the recipe has. `leaves`: micro-batches of the first step.
  /// `namesSamples`: whether results list the ids of the samples. `activations`: what layers keep for the backward pass.
  /// `wire`: in which type gradients travel between hosts.
  public init(
    model: VisionLanguageModel, parameters: StageParameters, optimizer: OptimizerState, shards: ShardPlan,
    team: HostTeam, communicator: any Communicator, sources: Int, clip: Double, leaves: Int, namesSamples: Bool = false,
    activations: ActivationMemory = .keep, wire: GradientWire = .fp32
  ) throws {
    self.model = model
    self.parameters = parameters
    self.communicator = communicator
    self.sources = sources
    self.namesSamples = namesSamples
    isInRounds = shards.shardsGradients
    self.activations = activations
    update = WeightUpdate(
      parameters: parameters, optimizer: optimizer, shards: shards, team: team, communicator: communicator, clip: clip)
    reducer = try GradientReducer(
      communicator: communicator, floatCount: parameters.count, buckets: parameters.buckets,
      leaves: leaves, shards: shards, overlaps: parameters.count > GradientReducer.shortFloats, wire: wire)
    rows = try EmbeddingRows(
      parameters, shards: shards, team: team, communicator: communicator, leaves: leaves, wire: wire)
  }

  /// The micro-batches of a step over `leaves` that this rank computes.
  public func ownLeaves(of leaves: Int) -> [Int] { reducer.ownLeaves(of: leaves) }

  /// What it costs to divide `leaves` micro-batches over these ranks.
  public func layout(of leaves: Int) -> LayoutPlan {
    LayoutPlan(
      leaves: leaves, ranks: communicator.size, hosts: reducer.hostCount, excess: reducer.excess(leaves: leaves),
      isInRounds: isInRounds)
  }

  /// One step. `batches`: this rank's micro-batches, in order; `leaves`: their number over all ranks.
  public func callAsFunction(
    _ batches: [MicroBatch], leaves: Int, step: Int, learningRates: [Double]
  ) throws -> StepResult {
    try self(leafBatches: batches.map { [$0] }, leaves: leaves, step: step, learningRates: learningRates)
  }

  /// One step whose leaves may be more than a micro-batch: those of a leaf are added up in one buffer, in the order in which
  /// they are computed. The sum is a function of the leaves: where they are not single micro-batches, it depends on how these
  /// were dealt out.
  public func callAsFunction(
    leafBatches: [[MicroBatch]], leaves: Int, step: Int, learningRates: [Double]
  ) throws -> StepResult {
    var seconds = PhaseSeconds()
    let batches = leafBatches.flatMap { $0 }
    seconds.leaves = batches.count
    let entered = ContinuousClock.now
    try Profile.phase("communication") {
      reducer.begin(leaves: leaves)
      try rows?.begin(tokens: batches.flatMap { $0.samples.flatMap(\.tokens) }, leaves: leaves)
    }
    // Who comes late to the exchange of rows must not make the others look slow.
    let began = ContinuousClock.now
    seconds.communication = (began - entered) / .seconds(1)
    precondition(reducer.ownLeaves.count == leafBatches.count, "step \(step): \(leafBatches.count) leaves on this rank")
    var records: [LeafRecord] = []
    for (leaf, batches) in zip(reducer.ownLeaves, leafBatches) {
      unsafe parameters.buffer.base = reducer.leafBuffer.baseAddress
      rows?.beginLeaf()
      if leaf == reducer.ownLeaves.first,
        let value = FaultInjection.current?.strike(rank: communicator.rank, step: step + 1)
      {
        // Before the backward pass, which adds to it and sends it off.
        unsafe reducer.leafBuffer[parameters.count / 2] = value
      }
      records.append(try computeLeaf(leaf, batches))
      FlightRecorder.shared.progress()
      try Profile.phase("communication") {
        try reducer.finishLeaf()
        try rows?.finishLeaf()
      }
    }
    unsafe parameters.buffer.base = nil
    try Profile.phase("communication") {
      try reducer.finishLeaves()
      try rows?.finishLeaves()
    }
    let computed = ContinuousClock.now
    // Where every micro-batch goes over the ranks by itself, the others were waited for in between.
    let waited = reducer.waitedSeconds + (rows?.waitedSeconds ?? 0)
    seconds.compute = (computed - began) / .seconds(1) - waited
    let all = try Profile.phase("communication") { try gatherRecords(records) }
    let sum = try unsafe Profile.phase("communication") { try unsafe waitForSum() }
    guard let gradient = sum.baseAddress else { throw TrainingError.nothingTrains(parts: []) }
    try Profile.phase("communication") { try unsafe rows?.add(to: gradient, in: update.ranges) }
    let summed = ContinuousClock.now
    seconds.communication += waited + (summed - computed) / .seconds(1)
    let supervised = all.reduce(0) { $0 + $1.supervised.reduce(0, +) }
    guard supervised > 0 else {
      // Bad samples are the coordinator's to count; without any there is something wrong with the labels.
      guard all.contains(where: { !$0.bad.isEmpty }) else { throw TrainingError.nothingSupervised(step: step) }
      return StepResult(leaves: all, gradientNorm: 0, applied: false, seconds: seconds)
    }
    let norm = try Profile.phase("optimizer") {
      try unsafe update(gradient, supervised: supervised, learningRates: learningRates)
    }
    let updated = ContinuousClock.now
    seconds.optimizer = (updated - summed) / .seconds(1)
    if norm.isFinite {
      try Profile.phase("communication", update.share)
      seconds.communication += (ContinuousClock.now - updated) / .seconds(1)
    }
    return StepResult(leaves: all, gradientNorm: norm, applied: norm.isFinite, seconds: seconds)
  }

  private func gatherRecords(_ records: [LeafRecord]) throws -> [LeafRecord] {
    let span = Profile.operation("wait for the other ranks' losses")
    defer { span.end() }
    // Ranks of one host have neighbouring leaves, whatever their numbers.
    return try communicator.allGather(try LeafRecord.encode(records)).flatMap { try LeafRecord.decode($0) }
      .sorted { $0.leaf < $1.leaf }
  }

  private func waitForSum() throws -> UnsafeMutableBufferPointer<Float> {
    let span = Profile.operation("wait for the gradient sum")
    defer { span.end() }
    return try unsafe reducer.wait()
  }

  private func computeLeaf(_ leaf: Int, _ batches: [MicroBatch]) throws -> LeafRecord {
    var record = LeafRecord(leaf: leaf, sources: sources)
    if namesSamples { record.used = [] }
    for (number, batch) in batches.enumerated() {
      try compute(batch, into: &record, isLast: number == batches.count - 1)
    }
    return record
  }

  /// `isLast`: whether gradients are final that this backward pass has finished.
  private func compute(_ batch: MicroBatch, into record: inout LeafRecord, isLast: Bool) throws {
    record.bad += batch.bad
    record.samples += batch.samples.count
    record.used? += batch.samples.map { UsedSample(source: $0.source, id: $0.id) }
    let input = Profile.phase(features == nil ? "data" : "features") {
      features?.modelInput(batch, model: model, isHeldOut: false)
        ?? batch.modelInput(imageSize: model.configuration.vision?.imageSize)
    }
    record.tokens += input.tokens.count
    let tape = Tape(activations)
    let losses = try Profile.phase("forward") {
      try model.losses(input, on: tape, sample: batch.samples.map(\.id).joined(separator: ", "))
    }
    var next = 0
    for sample in batch.samples {
      for _ in 0..<sample.supervisedTokens {
        record.loss[sample.source] += Double(losses[next])
        next += 1
      }
      record.supervised[sample.source] += sample.supervisedTokens
    }
    var counter = StageParameters.ReadyCounter(parameters)
    Profile.phase("backward") {
      tape.backward { parameter in
        guard isLast else { return }
        for bucket in counter.finished(parameter) { reducer.markReady(bucket: bucket) }
      }
    }
  }
}

extension MicroBatch {
  /// The micro-batch as the model takes it.
  public func modelInput(imageSize: Int?) -> ModelInput {
    var pixels: Tensor?
    if let imageSize, imageCount > 0 {
      pixels = Tensor(self.pixels, shape: [imageCount, 3, imageSize, imageSize])
    }
    return ModelInput(tokens: tokens, starts: starts, labels: labels, pixels: pixels)
  }
}
