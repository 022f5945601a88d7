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
  private let model: VisionLanguageModel
  private let parameters: StageParameters
  private let optimizer: OptimizerState
  private let communicator: any Communicator
  private let team: HostTeam
  private let norm: GradientNorm
  /// Nil where every host updates all weights by itself.
  private let gather: ShardGather?
  private let reducer: GradientReducer
  private let rows: EmbeddingRows?
  private let sources: Int
  private let clip: Double
  private let namesSamples: Bool
  private let activations: ActivationMemory
  /// Where vision features are kept; nil computes them each time.
  var features: FeatureCache?

  /// Collective. `shards`: what each rank updates of `parameters`, which the ranks of `team` share. `sources`: how many data sources the recipe has. `leaves`: micro-batches of the first step.
  /// `namesSamples`: whether results list the ids of the samples. `activations`: what layers keep for the backward pass.
  /// `wire`: in which type gradients travel between hosts.
  public init(
    model: VisionLanguageModel, parameters: StageParameters, optimizer: OptimizerState, shards: ShardPlan,
    team: HostTeam, communicator: any Communicator, sources: Int, clip: Double, leaves: Int, namesSamples: Bool = false,
    activations: ActivationMemory = .keep, wire: GradientWire = .fp32
  ) throws {
    self.model = model
    self.parameters = parameters
    self.optimizer = optimizer
    self.communicator = communicator
    self.team = team
    norm = GradientNorm(shards, communicator)
    gather = shards.isOverHosts ? ShardGather(shards, communicator) : nil
    self.sources = sources
    self.clip = clip
    self.namesSamples = namesSamples
    self.activations = activations
    reducer = try GradientReducer(
      communicator: communicator, floatCount: parameters.count, buckets: parameters.buckets,
      leaves: leaves, shards: shards, overlaps: parameters.count > GradientReducer.shortFloats, wire: wire)
    rows = try EmbeddingRows(
      parameters, shards: shards, team: team, communicator: communicator, leaves: leaves, wire: wire)
  }

  /// The micro-batches of a step over `leaves` that this rank computes.
  public func ownLeaves(of leaves: Int) -> [Int] { reducer.ownLeaves(of: leaves) }

  /// What it costs to divide `leaves` micro-batches over these ranks.
  func layout(of leaves: Int) -> LayoutPlan {
    LayoutPlan(
      leaves: leaves, ranks: communicator.size, hosts: reducer.hostCount, excess: reducer.excess(leaves: leaves))
  }

  /// One step. `batches`: this rank's micro-batches, in order; `leaves`: their number over all ranks.
  public func callAsFunction(
    _ batches: [MicroBatch], leaves: Int, step: Int, learningRates: [Double]
  ) throws -> StepResult {
    var seconds = PhaseSeconds()
    seconds.leaves = batches.count
    let entered = ContinuousClock.now
    try Profile.phase("communication") {
      reducer.begin(leaves: leaves)
      try rows?.begin(tokens: batches.flatMap { $0.samples.flatMap(\.tokens) }, leaves: leaves)
    }
    // Who comes late to the exchange of rows must not make the others look slow.
    let began = ContinuousClock.now
    seconds.communication = (began - entered) / .seconds(1)
    precondition(reducer.ownLeaves.count == batches.count, "step \(step): \(batches.count) micro-batches on this rank")
    var records: [LeafRecord] = []
    for (leaf, batch) in zip(reducer.ownLeaves, batches) {
      unsafe parameters.buffer.base = reducer.leafBuffer.baseAddress
      rows?.beginLeaf()
      if leaf == reducer.ownLeaves.first,
        let value = FaultInjection.current?.strike(rank: communicator.rank, step: step + 1)
      {
        // Before the backward pass, which adds to it and sends it off.
        unsafe reducer.leafBuffer[parameters.count / 2] = value
      }
      records.append(try computeLeaf(leaf, batch))
      FlightRecorder.shared.progress()
      Profile.phase("communication") {
        reducer.finishLeaf()
        rows?.finishLeaf()
      }
    }
    unsafe parameters.buffer.base = nil
    Profile.phase("communication") {
      reducer.finishLeaves()
      rows?.finishLeaves()
    }
    let computed = ContinuousClock.now
    seconds.compute = (computed - began) / .seconds(1)
    let all = try Profile.phase("communication") { try gatherRecords(records) }
    let sum = try unsafe Profile.phase("communication") { try unsafe waitForSum() }
    guard let gradient = sum.baseAddress else { throw TrainingError.nothingTrains(parts: []) }
    try Profile.phase("communication") { try unsafe rows?.add(to: gradient, in: optimizer.ranges) }
    let summed = ContinuousClock.now
    seconds.communication += (summed - computed) / .seconds(1)
    let supervised = all.reduce(0) { $0 + $1.supervised.reduce(0, +) }
    guard supervised > 0 else {
      // Bad samples are the coordinator's to count; without any there is something wrong with the labels.
      guard all.contains(where: { !$0.bad.isEmpty }) else { throw TrainingError.nothingSupervised(step: step) }
      return StepResult(leaves: all, gradientNorm: 0, applied: false, seconds: seconds)
    }
    // Gradients are sums so far: the mean over the global batch's supervised tokens is taken here, in one place.
    let norm = try Profile.phase("optimizer") {
      let norm = try unsafe self.norm(gradient) / Double(supervised)
      if norm.isFinite {
        let factor = clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
        unsafe optimizer.step(
          parameters, gradient: gradient, scale: Float(factor / Double(supervised)), learningRates: learningRates)
      }
      return norm
    }
    let updated = ContinuousClock.now
    seconds.optimizer = (updated - summed) / .seconds(1)
    if norm.isFinite {
      try Profile.phase("communication", shareWeights)
      seconds.communication += (ContinuousClock.now - updated) / .seconds(1)
    }
    return StepResult(leaves: all, gradientNorm: norm, applied: norm.isFinite, seconds: seconds)
  }

  /// From here on every rank sees what the others have updated.
  private func shareWeights() throws {
    if let gather { try unsafe gather(parameters.values.base) }
    try team.meet()
    parameters.valuesChanged()
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

  private func computeLeaf(_ leaf: Int, _ batch: MicroBatch) throws -> LeafRecord {
    var record = LeafRecord(leaf: leaf, sources: sources)
    record.bad = batch.bad
    record.samples = batch.samples.count
    if namesSamples { record.used = batch.samples.map { UsedSample(source: $0.source, id: $0.id) } }
    let input = Profile.phase(features == nil ? "data" : "features") {
      features?.modelInput(batch, model: model, isHeldOut: false)
        ?? batch.modelInput(imageSize: model.configuration.vision?.imageSize)
    }
    record.tokens = input.tokens.count
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
        for bucket in counter.finished(parameter) { reducer.markReady(bucket: bucket) }
      }
    }
    return record
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
