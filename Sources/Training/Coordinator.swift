import Datasets
import Evaluation
import Recipes
import Records

/// Decides what all ranks do next: the mixture, the steps, the stage transitions, evaluations, checkpoints and the end.
/// It lives on rank 0; the others are told. Each decision is a line of the journal with its reason.
struct Coordinator {
  private(set) var state: RunState
  private let recipe: Recipe
  private let sources: [(name: String, count: Int)]
  private let journal: Journal
  private var plan: StagePlan?
  private var upcoming: StepPlan?
  private var queue: [Decision] = []
  private var isInterrupted = false
  private var lastWeights: [Double] = []
  /// Of each source the first sample of the stage that could not be used.
  private var firstBad: [BadSample] = []
  /// Held-out sets of which it was said that a part cannot be used.
  private var incompleteSets: Set<String> = []

  init(recipe: Recipe, sources: [(name: String, count: Int)], state: RunState, journal: Journal) {
    self.recipe = recipe
    self.sources = sources
    self.state = state
    self.state.recipe = recipe.yaml()
    // What earlier versions have used is not known: none of it is called unusable.
    if state.stageStep > 0, state.used == nil { self.state.used = SortedSet(Set(sources.indices)) }
    self.journal = journal
  }

  /// Steps of the running stage, for the progress line.
  var totalSteps: Int { plan?.totalSteps ?? 0 }

  /// What to do next.
  mutating func next() throws -> Decision {
    if !queue.isEmpty { return queue.removeFirst() }
    guard state.stage < recipe.stages.count else {
      try journal.append(event: .finish, stage: nil, step: state.step, reason: "all stages are done")
      return .finish
    }
    let stage = recipe.stages[state.stage]
    guard plan != nil else { return try begin(stage) }
    if !stageEnded, let step = upcoming {
      upcoming = plan?.next(first: state.step - state.stageStep)
      try noteWeights(step, stage: stage)
      return .step(step, next: upcoming)
    }
    if !state.stageEvaluated {
      state.stageEvaluated = true
      queue.append(.checkpoint(isAwaited: true))
      return .evaluate(when: StagePoint.after.word)
    }
    endStage()
    return try next()
  }

  /// A stage is under way; it trains `parameters` numbers.
  func began(parameters: Int) throws {
    let stage = recipe.stages[state.stage]
    let parts = stage.train.map { "\($0.part.rawValue) at \($0.lr)" }.joined(separator: ", ")
    try journal.append(
      event: state.stageStep == 0 ? .stage : .resume, stage: stage.name, step: state.step,
      reason: state.stageStep == 0
        ? "stage \(state.stage + 1) of \(recipe.stages.count) begins" : "goes on from its checkpoint",
      details: ["steps": .integer(totalSteps), "train": .text(parts), "trained": .integer(parameters)])
  }

  /// A line of the journal about the stage under way.
  func note(_ event: JournalEvent, _ reason: String, details: [String: JournalValue] = [:]) throws {
    try journal.append(
      event: event, stage: recipe.stages[state.stage].name, step: state.step, reason: reason, details: details)
  }

  /// Takes a step's figures; may end the stage, ask for a checkpoint, or refuse to go on.
  mutating func finished(_ plan: StepPlan, _ result: StepResult) throws {
    let stage = recipe.stages[state.stage]
    state.step += 1
    state.stageStep += 1
    state.sampler = plan.samplerAfter
    if result.applied {
      state.optimizerTime += 1
      state.notFiniteInARow = 0
    } else if result.supervisedTokens == 0 {
      try journal.append(
        event: .skip, stage: stage.name, step: state.step,
        reason: "no sample of the global batch could be used; no parameter was changed")
    } else {
      state.notFiniteInARow += 1
      try journal.append(
        event: .skip, stage: stage.name, step: state.step,
        reason: "the gradient was not finite; no parameter was changed")
      if state.notFiniteInARow >= recipe.maxNotFinite {
        throw TrainingError.notFinite(step: state.step, inARow: state.notFiniteInARow)
      }
    }
    try count(result.bad, stage: stage)
    if case .plateau(let plateau) = stage.until, result.loss.isFinite,
      state.plateau.add(result.loss, patience: plateau.patience, minDelta: plateau.minDelta)
    {
      state.stageEnded = true
      try journal.append(
        event: .stage, stage: stage.name, step: state.step,
        reason: "the loss has not fallen by \(plateau.minDelta) over \(plateau.patience) steps")
    }
    try refuseUnusable(plan, result, stage: stage)
    guard upcoming != nil, !stageEnded else { return }
    let evaluateEvery = recipe.evaluation.everySteps
    if evaluateEvery > 0, state.stageStep % evaluateEvery == 0 {
      state.evaluationDue = true
      queue.append(.evaluate(when: StagePoint.step(state.step).word))
    }
    // After the evaluation: a run that dies in it repeats the steps, and what goes on from here has had it.
    let every = recipe.checkpoint.everySteps
    if every > 0, state.step % every == 0 { queue.append(.checkpoint(isAwaited: false)) }
  }

  private var stageEnded: Bool { state.stageEnded == true }

  /// All ranks wait for this one.
  func straggles(_ straggler: StragglerWatch.Straggler, on host: String) throws {
    func words(_ seconds: Double) -> String { String((seconds * 1000).rounded() / 1000) }
    try note(
      .warning,
      "rank \(straggler.rank) on \(host) takes \(words(straggler.seconds)) s for a micro-batch, the median rank "
        + "\(words(straggler.median)) s, and all wait for it; look at what else runs on \(host)",
      details: ["rank": .integer(straggler.rank), "host": .text(host)])
  }

  /// A signal came: checkpoint, then leave in good order.
  mutating func interrupt() throws {
    try journal.append(
      event: .stop, stage: nil, step: state.step, reason: "a signal asked to stop; run the same command again to go on")
    isInterrupted = true
    queue = [.checkpoint(isAwaited: true), .pause]
  }

  /// Why a checkpoint is taken now. `isLate`: the one before was still being written when it was due.
  func checkpointReason(isLate: Bool) -> String {
    (state.stageEvaluated ? "the stage is done" : isInterrupted ? "a signal asked to stop" : "as the recipe asks")
      + (isLate ? "; training waited until the checkpoint before was written" : "")
  }

  /// A checkpoint exists.
  func saved(_ checkpoint: WrittenCheckpoint) throws {
    try journal.append(
      event: .checkpoint, stage: nil, step: checkpoint.step, reason: checkpoint.reason,
      details: [
        "bytes": .integer(checkpoint.bytes), "blocked_seconds": .number(checkpoint.blockedSeconds),
        "write_seconds": .number(checkpoint.writeSeconds),
      ])
    for problem in checkpoint.problems {
      try journal.append(event: .warning, stage: nil, step: checkpoint.step, reason: problem)
    }
  }

  /// The evaluation was dropped for a signal's sake; the resumed run takes it up again.
  mutating func leftOut(_ when: StagePoint) {
    if when == .after { state.stageEvaluated = false }
  }

  /// Takes the held-out results of a decision, and the answers to a few samples.
  mutating func evaluated(
    _ results: [(name: String, sums: HeldOutSums)], _ answers: [AnsweredQuestion], when: StagePoint
  ) throws {
    if case .step = when { state.evaluationDue = nil }
    let stage = recipe.stages[state.stage].name
    let moment = Moment(stage: stage, when: when)
    for (name, sums) in results {
      try tellBadSamples(name, sums)
      try journal.append(
        event: .evaluation, stage: stage, step: state.step, reason: "\(moment.label), on \(name)",
        details: HeldOutResult(
          moment: moment, set: name, loss: sums.loss, accuracy: sums.accuracy, samples: sums.samples, skipped: sums.bad
        ).details)
    }
    guard !answers.isEmpty else { return }
    let given = answers.map { answer in
      HeldOutAnswer(
        moment: moment, set: answer.set, id: answer.id, pictures: answer.pictures,
        question: answer.question, truth: answer.truth, text: answer.answer, isRight: answer.isRight,
        isCut: answer.isCut)
    }
    try journal.append(
      event: .examples, stage: stage, step: state.step,
      reason: "\(given.count { $0.isRight }) of \(given.count) held-out samples answered right by generation",
      details: HeldOutAnswer.details(given))
  }

  /// Figures of a part of a set are another set's figures: that is said once, at the first measurement of this process.
  private mutating func tellBadSamples(_ name: String, _ sums: HeldOutSums) throws {
    guard let first = sums.firstBad else { return }
    guard sums.samples > 0 else {
      throw TrainingError.nothingUsable(.heldOut(name), samples: sums.bad, first: first)
    }
    guard incompleteSets.insert(name).inserted else { return }
    let all = sums.samples + sums.bad
    try journal.warn(
      "\(UnusableData.heldOut(name)): \(sums.bad) of \(all) samples could not be used and are not in its figures; the first: "
        + first, stage: recipe.stages[state.stage].name, step: state.step)
  }

  private mutating func begin(_ stage: Stage) throws -> Decision {
    var plan = StagePlan(
      stage, number: state.stage, sources: sources, seed: recipe.seed, state: state.sampler, step: state.stageStep)
    upcoming = state.stageEvaluated || stageEnded ? nil : plan.next(first: state.step - state.stageStep)
    self.plan = plan
    if state.step == 0 { queue.append(.evaluate(when: StagePoint.before.word)) }
    if state.evaluationDue == true { queue.append(.evaluate(when: StagePoint.step(state.step).word)) }
    return .beginStage(index: state.stage)
  }

  private mutating func endStage() {
    state.stage += 1
    state.stageStep = 0
    state.stageEvaluated = false
    state.sampler = nil
    state.optimizerTime = 0
    state.plateau = PlateauTracker()
    state.stageEnded = nil
    state.used = nil
    firstBad = []
    plan = nil
    lastWeights = []
  }

  private mutating func count(_ bad: [BadSample], stage: Stage) throws {
    guard !bad.isEmpty else { return }
    // In place: a copy for each of many would take its time.
    state.unusable = state.unusable ?? []
    for sample in bad where state.unusable?.members.insert("\(sample.source)/\(sample.index)").inserted == true {
      let count = state.unusable?.members.count ?? 0
      try journal.append(
        event: .skip, stage: stage.name, step: state.step, reason: sample.reason,
        details: UnusableSamples.details(source: sample.source, index: sample.index))
      if count > recipe.maxBadSamples {
        throw TrainingError.badSamples(count: count, limit: recipe.maxBadSamples, last: sample.reason)
      }
    }
  }

  /// Data of which not one sample could be used are a wrong path or a lost folder; a model that has not seen them must
  /// not pass for trained. A large source reaches `max_bad_samples` first.
  private mutating func refuseUnusable(_ plan: StepPlan, _ result: StepResult, stage: Stage) throws {
    let used = (state.used?.members ?? []).union(result.sourceLoss.keys)
    state.used = SortedSet(used)
    for sample in result.bad where !firstBad.contains(where: { $0.source == sample.source }) { firstBad.append(sample) }
    let drawn = plan.samplerAfter.drawn
    for (number, source) in sources.enumerated() where !used.contains(number) && drawn[number] >= source.count {
      guard let bad = firstBad.first(where: { $0.source == source.name }) else { continue }
      throw TrainingError.nothingUsable(.source(source.name), samples: source.count, first: bad.reason)
    }
    if upcoming == nil || stageEnded, used.isEmpty, let bad = firstBad.first {
      throw TrainingError.nothingUsable(.stage(stage.name), samples: drawn.reduce(0, +), first: bad.reason)
    }
  }

  /// The curriculum: a line whenever a weight has moved by five hundredths.
  private mutating func noteWeights(_ step: StepPlan, stage: Stage) throws {
    guard stage.mix.points.count > 1 || lastWeights.isEmpty else { return }
    guard lastWeights.isEmpty || zip(step.weights, lastWeights).contains(where: { abs($0 - $1) >= 0.05 }) else {
      return
    }
    lastWeights = step.weights
    var details: [String: JournalValue] = [:]
    for (source, weight) in zip(sources, step.weights) where weight > 0 { details[source.name] = .number(weight) }
    try journal.append(
      event: .curriculum, stage: stage.name, step: state.step,
      reason: "mixture weights at step \(state.stageStep) of \(totalSteps)", details: details)
  }
}
