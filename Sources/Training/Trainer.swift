import Checkpoints
import Communication
import Datasets
import Foundation
import Models
import Pretrained
import Profiling
import Recipes
import Records
import Tensors

/// A run: carries out the coordinator's decisions on every rank until the last stage is done.
public final class Trainer {
  /// How a run ended.
  public enum Ending: Equatable, Sendable {
    case finished
    /// A signal asked to stop; the state is saved.
    case paused
  }

  let recipe: Recipe
  private let run: String
  let communicator: any Communicator
  private let team: HostTeam
  private let interruption: Interruption
  let loaded: LoadedModel
  let datasets: [LlavaDataset]
  let heldOut: HeldOutEvaluation
  private let prefetcher = Prefetcher()
  let snapshot: RunSnapshot

  private var lock: RunLock?
  var coordinator: Coordinator?
  private(set) var records: RunRecords?
  /// The host of every rank.
  private var hosts: [String] = []
  private var stragglers = StragglerWatch()
  private var checkpoint: OpenCheckpoint?
  private(set) var trained: Set<String> = []
  private(set) var optimizer: OptimizerState?
  private var step: DataParallelStep?
  private var loader: SampleLoader?
  private var features: FeatureCache?
  private var stage: Stage
  private var optimizerTime = 0

  /// Called on rank 0 whenever the records say something new: results, a checkpoint, the end of this process's part.
  public var milestone: (Milestone) -> Void = { _ in }

  /// What the records of a run have gained.
  public enum Milestone: Sendable {
    case results, checkpoint, pause
  }

  /// Collective. Resumes `run` from its newest good checkpoint if it has one.
  public init(recipe: Recipe, run: String, communicator: any Communicator, interruption: Interruption) throws {
    self.recipe = recipe
    self.run = run
    self.communicator = communicator
    team = try HostTeam(communicator)
    self.interruption = interruption
    stage = recipe.stages[0]
    loaded = try ModelAssembly.build(recipe) {
      try ModelAssembly.checkLayers(of: recipe, $0)
      try MemoryCheck.run($0, communicator)
    }
    loaded.model.store.setProducts(recipe.productPrecision)
    datasets = try recipe.open(recipe.data, under: "data")
    let encoder = try loaded.encoder()
    heldOut = try HeldOutEvaluation(
      sets: SampleLoader(
        sources: try recipe.open(recipe.evaluation.data, under: "evaluation.data"), encoder: encoder,
        preprocessor: loaded.preprocessor, imageTokens: loaded.model.configuration.imageTokens, maximumTokens: nil,
        alphas: ModelAssembly.alphas(recipe.evaluation.data)),
      limit: recipe.evaluation.maxSamples, examples: recipe.evaluation.examples)
    snapshot = try RunSnapshot(directory: CheckpointDirectory(run: run), communicator: communicator)
    try openRun()
  }

  /// Rank 0 finds the checkpoint and opens the records; all ranks load the same one.
  private func openRun() throws {
    var chosen: [UInt8] = []
    hosts = try communicator.allGather(Launch.hostName)
    let arithmetic = try RankArithmetic(.here(recipe), hosts: hosts, communicator)
    if communicator.rank == 0 {
      try DurableFile.makeDirectories(run)
      lock = try RunLock(run: run, waiting: 20)
      // Before anything is written: they may be why the disk is full.
      snapshot.directory.removeLeftovers()
      let journal = try Journal(path: run + "/journal.jsonl")
      checkpoint = try snapshot.directory.latestGood { try? journal.warn($0, step: 0) }
      if let checkpoint { try snapshot.directory.setAside(after: checkpoint.step) } else { try refuseLostCheckpoints() }
      var state = try checkpoint.map { try JSONDecoder().decode(RunState.self, from: Data($0.state)) } ?? RunState()
      if checkpoint != nil { try refuseOtherRecipe(than: state.recipe) }
      try journal.append(
        event: checkpoint == nil ? .start : .resume, stage: nil, step: state.step,
        reason: checkpoint.map { "from \($0.path)" } ?? "a new run",
        details: description(hosts: hosts, arithmetic: arithmetic))
      if recipe.precision.rawValue != recipe.productPrecision.rawValue {
        try journal.append(
          event: .warning, stage: nil, step: state.step,
          reason: "the recipe asks for bf16, which this processor cannot multiply; fp32 is used")
      }
      let sources = datasets.map(SourceExtent.init)
      let warnings = [
        arithmetic.difference, arithmetic.change(since: state.arithmetic),
        SourceExtent.change(from: state.sources, to: sources),
        loaded.assumedTemplate(setting: "chat_template in the recipe"),
      ]
      let files = (datasets + heldOut.sets.sources).compactMap { $0.warning?.description }
      for sentence in warnings.compactMap(\.self) + files { try journal.warn(sentence, step: state.step) }
      (state.arithmetic, state.sources) = (arithmetic.kinds, sources)
      try DurableFile.replace(run + "/recipe.yaml", with: Array(recipe.yaml().utf8))
      records = try RunRecords(run: run, recipe: recipe, step: state.step)
      coordinator = Coordinator(
        recipe: recipe, sources: datasets.map { ($0.name, $0.count) }, state: state, journal: journal)
      chosen = Array((checkpoint?.path ?? "").utf8)
    }
    try communicator.broadcast(&chosen, from: 0)
    guard !chosen.isEmpty else { return }
    let opened = try checkpoint ?? OpenCheckpoint(path: String(decoding: chosen, as: UTF8.self))
    try RunSnapshot.restore(opened, model: loaded.model)
    trained = Set(opened.tensors.map(\.name).filter { !$0.hasPrefix("optimizer.") })
    optimizerTime = try JSONDecoder().decode(RunState.self, from: Data(opened.state)).optimizerTime
    checkpoint = opened
  }

  /// Beginning anew would cut the records of what is lost.
  private func refuseLostCheckpoints() throws {
    let saved = try Journal.read(path: run + "/journal.jsonl").last { $0.event == .checkpoint }
    if let saved { throw TrainingError.checkpointsGone(run: run, step: saved.step) }
  }

  /// A resumed run goes on as it was begun. How often to save, evaluate and log may change, and what costs no bit.
  /// `yaml`: the checkpoint's own recipe; in its absence the run directory's counts, where there is one.
  private func refuseOtherRecipe(than yaml: String?) throws {
    let path = run + "/recipe.yaml"
    guard yaml != nil || FileManager.default.fileExists(atPath: path) else { return }
    var before = try yaml.map { try Recipe.parse(yaml: $0, source: path) } ?? Recipe.load(path: path)
    before.checkpoint = recipe.checkpoint
    before.evaluation.everySteps = recipe.evaluation.everySteps
    before.evaluation.examples = recipe.evaluation.examples
    before.memory = recipe.memory
    // What is rounded between hosts depends on it.
    if recipe.wire == .fp32 { before.zero = recipe.zero }
    before.logEvery = recipe.logEvery
    before.logSamples = recipe.logSamples
    before.maxBadSamples = recipe.maxBadSamples
    before.maxNotFinite = recipe.maxNotFinite
    // Whether features are rounded is part of the run, how many are kept is not.
    if before.featureCache.limit > 0, recipe.featureCache.limit > 0 { before.featureCache = recipe.featureCache }
    let differences = recipe.differences(from: before)
    if !differences.isEmpty { throw TrainingError.recipeChanged(run: run, differences: differences) }
  }

  /// Collective. Runs to the end, or until a signal asks for it.
  public func callAsFunction() throws -> Ending {
    defer { prefetcher.close() }
    do {
      try checkMemory()
      return try carryOutDecisions()
    } catch {
      keepWhatIsUnderWay(after: error)
      throw error
    }
  }

  private func carryOutDecisions() throws -> Ending {
    while true {
      let decision = try Profile.phase("coordination", decide)
      FlightRecorder.shared.enter(decision.phase, step: decision.step)
      switch decision {
      case .beginStage(let index): try Profile.phase("stage") { try begin(index) }
      case .step(let plan, let next): try Profile.step(plan.step + 1) { try take(plan, next: next) }
      case .evaluate(let when): try Profile.phase("evaluation") { try evaluate(when) }
      case .checkpoint(let isAwaited): try Profile.phase("checkpoint") { try save(isAwaited: isAwaited) }
      case .takeCheckpoint: try Profile.phase("checkpoint") { try takeCheckpoint() }
      case .finish:
        records?.finishLine()
        try records?.flush()
        return .finished
      case .pause:
        try noteFeatures()
        say("saved at step \(coordinator?.state.step ?? 0); the same command goes on from there")
        reached(.pause)
        return .paused
      }
    }
  }

  /// All stages beforehand: a run that would end for want of memory in its second stage does not begin its first.
  private func checkMemory() throws {
    for stage in recipe.stages {
      let plan = MemoryPlan(stage: stage, recipe: recipe, model: loaded.model, ranks: MemoryPlan.Ranks(team.layout))
      if communicator.rank == 0 {
        show("memory, stage \(stage.name): \(plan.text)\n")
      }
      try MemoryCheck.run(plan, stage: stage.name, communicator)
    }
  }

  private func decide() throws -> Decision {
    if try communicator.allAgree(max: isAskedToPause ? 1 : 0) > 0, step != nil {
      pausing = true
      try coordinator?.interrupt()
      say("a signal asks to stop: saving a checkpoint")
    }
    var bytes: [UInt8] = []
    if communicator.rank == 0, let decision = snapshot.isDone ? .takeCheckpoint : try coordinator?.next() {
      bytes = [UInt8](try JSONEncoder().encode(decision))
    }
    try communicator.broadcast(&bytes, from: 0)
    return try JSONDecoder().decode(Decision.self, from: Data(bytes))
  }

  private var pausing = false
  private var isAskedToPause: Bool { interruption.isRequested && !pausing }

  private func begin(_ index: Int) throws {
    stage = recipe.stages[index]
    prefetcher.discard()
    // What the stage before held is given back first: the memory plan looks at each stage by itself.
    (step, optimizer, loader, features) = (nil, nil, nil, nil)
    let parameters = try StageParameters(model: loaded.model, train: stage.train, team: team)
    let shards = parameters.shards(recipe.zero, team: team)
    let optimizer = OptimizerState(shards, rank: communicator.rank, settings: stage.optimizer)
    if let checkpoint, optimizerTime > 0 {
      try optimizer.restore(checkpoint)
      optimizer.time = optimizerTime
    }
    (checkpoint, optimizerTime) = (nil, 0)
    trained.formUnion(parameters.entries.map(\.parameter.name))
    snapshot.reserve(snapshot.state(of: loaded.model, trained: trained, optimizer: optimizer))
    try coordinator?.began(parameters: parameters.count)
    self.optimizer = optimizer
    let leaves = (stage.batch.global + stage.batch.micro - 1) / stage.batch.micro
    let step = try DataParallelStep(
      model: loaded.model, parameters: parameters, optimizer: optimizer, shards: shards, team: team,
      communicator: communicator, sources: datasets.count, clip: stage.clip, leaves: leaves,
      namesSamples: recipe.logSamples, activations: recipe.activations, wire: recipe.gradientWire)
    self.step = step
    let layout = step.layout(of: leaves)
    if let coordinator, let cost = layout.cost {
      try coordinator.note(.warning, cost)
      show("layout, stage \(stage.name): \(cost)\n")
    }
    if let coordinator, recipe.wire == .bf16 {
      let note = layout.wire
      try coordinator.note(.warning, note)
      show("layout, stage \(stage.name): \(note)\n")
    }
    var loader = SampleLoader(
      sources: datasets, encoder: try loaded.encoder(template: ModelAssembly.template(recipe, stage: stage)),
      preprocessor: loaded.preprocessor, imageTokens: loaded.model.configuration.imageTokens,
      maximumTokens: stage.batch.maxTokens, blankImages: stage.images == .blank,
      alphas: ModelAssembly.alphas(recipe.data))
    let opened = try FeatureCache.open(
      stage: index, of: recipe, run: run, loaded: loaded, parameters: parameters, data: datasets,
      heldOut: heldOut.sets.sources, communicator: communicator)
    features = opened?.cache
    if let opened { try coordinator?.features(opened.use, limit: recipe.featureCache.limit) }
    if let features, features.use.training {
      loader.features = features
      step.features = features
    }
    self.loader = loader
  }

  private func take(_ plan: StepPlan, next: StepPlan?) throws {
    guard let step, let loader else { return }
    let began = ContinuousClock.now
    func request(_ plan: StepPlan) {
      let own = step.ownLeaves(of: plan.leaves.count).map { plan.leaves[$0] }
      prefetcher.request(plan.step) {
        Profile.nameThread("prefetch")
        let span = Profile.operation("micro-batches loaded")
        defer { span.end() }
        return try own.map { try loader.load($0) }
      }
    }
    request(plan)
    if let next { request(next) }
    let batches = try Profile.phase("data") { try prefetcher.take(plan.step) }
    let loaded = ContinuousClock.now
    var result = try step(
      batches, leaves: plan.leaves.count, step: plan.step, learningRates: plan.learningRates)
    result.seconds.data = (loaded - began) / .seconds(1)
    let elapsed = ContinuousClock.now - began
    try Profile.phase("records") { try record(plan, result, elapsed) }
  }

  private func record(_ plan: StepPlan, _ result: StepResult, _ elapsed: Duration) throws {
    let ranks = try result.seconds.gathered(communicator)
    try coordinator?.finished(plan, result)
    if let coordinator {
      try records?.step(
        plan, result, ranks: ranks, state: coordinator.state, total: coordinator.totalSteps,
        seconds: elapsed / .seconds(1), sizes: datasets.map(\.count))
      for straggler in stragglers.add(ranks) { try coordinator.straggles(straggler, on: hosts[straggler.rank]) }
    }
  }

  private func evaluate(_ when: String) throws {
    try records?.flush()
    guard let moment = StagePoint(when) else { preconditionFailure("the coordinator asked to evaluate \(when)") }
    records?.finishLine()
    let results = try heldOut.run(
      loaded.model, features: features?.use.heldOut == true ? features : nil, communicator,
      isUnwanted: { isAskedToPause },
      progress: { [records] set, done, count in records?.evaluated(set: set, done: done, of: count) })
    guard let results, let answers = try heldOut.answers(loaded, communicator, isUnwanted: { isAskedToPause }) else {
      coordinator?.leftOut(moment)
      return
    }
    try coordinator?.evaluated(results, answers, when: moment)
    if moment != .before { try noteFeatures() }
    reached(.results)
  }

  /// Collective. What the feature cache did, for the journal; `faultOnly`: only why it grows no more, if that is new.
  func noteFeatures(faultOnly: Bool = false) throws {
    guard let features else { return }
    let figures = try features.figures.together(communicator)
    if let fault = features.untoldFault(figures) { try coordinator?.featureFault(fault) }
    if !faultOnly { try coordinator?.features(figures, bytes: FeatureDirectory(run: run).bytes) }
  }

  /// To people, by rank 0.
  private func say(_ sentence: String) {
    guard communicator.rank == 0 else { return }
    records?.finishLine()
    complain(sentence)
  }

  func reached(_ milestone: Milestone) {
    if communicator.rank == 0 { Profile.phase("records") { self.milestone(milestone) } }
  }

  func currentStep() throws -> Int { try communicator.allAgree(max: coordinator?.state.step ?? 0) }
}
