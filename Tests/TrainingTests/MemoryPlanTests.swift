import Communication
import Foundation
import Models
import Testing

@testable import Recipes
@testable import Training

@Suite("Memory plan")
struct MemoryPlanTests {
  private func claim(
    _ host: String, _ more: Int, _ available: Int?, named name: String? = nil, on machine: String? = nil,
    ofMachine: Int? = nil
  ) -> MemoryCheck.Claim {
    MemoryCheck.Claim(
      name: name ?? host, host: host, machine: machine ?? host, more: more, available: available, ofMachine: ofMachine)
  }

  /// A stage for each part.
  private func recipe(training parts: [String], batch: String) throws -> Recipe {
    let stages = parts.map { part in
      "  - {name: \(part), train: {\(part): {lr: 1e-3}}, mix: {captions: 1}, batch: \(batch), until: {steps: 1}}"
    }
    return try Recipe.parse(
      yaml: """
        model: {path: llava}
        data: {captions: {path: captions.json}}
        stages:
        \(stages.joined(separator: "\n"))
        """, source: "r.yaml")
  }

  @Test func `ranks of one host share its memory, and a host that says nothing refuses nothing`() throws {
    let plan = MemoryPlan()
    let (a, b) = (claim("a", 600, 1300), claim("b", 600, 700))
    try MemoryCheck.judge([a, a, b], plan: plan, stage: "s")
    #expect(throws: TrainingError.memory(stage: "s", host: "a", ranks: 3, more: 1800, available: 1300, plan: plan)) {
      try MemoryCheck.judge([a, a, b, a], plan: plan, stage: "s")
    }
    #expect(throws: TrainingError.memory(stage: "s", host: "b", ranks: 2, more: 1200, available: 700, plan: plan)) {
      try MemoryCheck.judge([a, b, a, b], plan: plan, stage: "s")
    }
    try MemoryCheck.judge([claim("c", 1 << 50, nil)], plan: plan, stage: "s")
  }

  @Test func `containers of one name are judged each by itself, and those of one machine together`() throws {
    let plan = MemoryPlan()
    func container(_ number: Int, on machine: String, machineHas ofMachine: Int) -> MemoryCheck.Claim {
      claim("c\(number)", 600, 700, named: "trainer", on: machine, ofMachine: ofMachine)
    }
    try MemoryCheck.judge(
      [container(0, on: "m", machineHas: 1300), container(1, on: "m", machineHas: 1300)], plan: plan, stage: "s")
    try MemoryCheck.judge(
      [container(0, on: "m", machineHas: 700), container(1, on: "n", machineHas: 700)], plan: plan, stage: "s")
    #expect(
      throws: TrainingError.memory(stage: "s", host: "trainer", ranks: 2, more: 1200, available: 1100, plan: plan)
    ) {
      try MemoryCheck.judge(
        [container(0, on: "m", machineHas: 1100), container(1, on: "m", machineHas: 1100)], plan: plan, stage: "s")
    }
  }

  @Test func `the largest batch that a recipe may have is planned, and does not fit`() throws {
    let most = 1 << 24
    let recipe = try recipe(training: ["language"], batch: "{global: \(most), micro: \(most), max_tokens: \(most)}")
    let plan = MemoryPlan(
      stage: recipe.stages[0], recipe: recipe, model: try TinyRun.model(), ranks: .init(.apart(ranks: 1)))
    #expect(plan.activations == 1 << 48 && plan.pictures > 1 << 32)
    #expect(plan.total > 1 << 48)
  }

  @Test func `the refusal says who, how much, and what to do`() {
    var plan = MemoryPlan()
    plan.parameters = 28_000_000_000
    plan.optimizer = 56_000_000_000
    let error = TrainingError.memory(
      stage: "instruct", host: "node3", ranks: 2, more: 160_000_000_000, available: 24_500_000_000, plan: plan)
    #expect(
      error.description
        == "stage instruct does not fit on node3: its 2 ranks want 160.00 GB more, 24.50 GB are left (parameters 28.00 GB, "
        + "gradients 0.00 GB, optimizer 56.00 GB, activations 0.00 GB, communication 0.00 GB, snapshot 0.00 GB, pictures 0.00 GB, together 84.00 GB a rank); "
        + "use fewer ranks a host, a smaller batch.micro or batch.max_tokens, or memory: recompute")
  }

  @Test func `pictures of this step and the next are in the plan: a global batch too large is refused`() throws {
    let recipe = try recipe(training: ["connector"], batch: "{global: 1000, micro: 4}")
    let model = try TinyRun.model()
    func pictures(ranks: Int) -> Int {
      MemoryPlan(stage: recipe.stages[0], recipe: recipe, model: model, ranks: .init(.apart(ranks: ranks))).pictures
    }
    #expect(pictures(ranks: 1) == 2 * 1000 * 3 * 8 * 8 * 4)
    // 250 micro-batches on 3 ranks: 84 at most.
    #expect(pictures(ranks: 3) == 2 * 84 * 4 * 3 * 8 * 8 * 4)
  }

  @Test func `a model that no host can hold is refused before anything of it is allocated`() throws {
    let world = try FeatureWorld(pictures: 1)
    let recipe = try world.recipe([
      "model.language.new.hidden_size=1000000", "model.language.new.num_hidden_layers=16777216",
    ])
    let run = world.path + "/run"
    try LocalCommunicator.run(ranks: 2) { communicator in
      do {
        _ = try Trainer(recipe: recipe, run: run, communicator: communicator, interruption: Interruption())
        Issue.record("it was built")
      } catch TrainingError.modelMemory(let parameters, _, let ranks, let more, let available) {
        #expect(parameters > 1 << 40 && ranks == 2 && more == 8 * parameters && available < more)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: run))
    let own = TrainingError.modelMemory(
      parameters: 7_240_000_000, host: "node3", ranks: 2, more: 57_920_000_000, available: 24_500_000_000)
    #expect(
      own.description
        == "a model of 7.24 billion parameters does not fit on node3: its 2 ranks want 57.92 GB to build it, 24.50 GB are left; "
        + "use fewer ranks a host, or a smaller model")
  }

  @Test func `what the kernel calls available is read`() {
    #expect(HostMemory.availableBytes(inMeminfo: "MemTotal: 9 kB\nMemFree:  5 kB\nMemAvailable:   7 kB\n") == 7168)
    #expect(HostMemory.availableBytes(inMeminfo: "MemTotal: 9 kB\n") == nil)
    #expect((HostMemory.available ?? 0) > 1 << 20)
  }

  @Test func `a job's control group leaves less than the machine, and a checkpoint that was read is not in the way`() {
    let files = [
      "/proc/meminfo": "MemAvailable:   8 kB\n", "/proc/self/cgroup": "0::/job\n",
      "/sys/fs/cgroup/job/memory.max": "6000", "/sys/fs/cgroup/job/memory.current": "5500",
      "/sys/fs/cgroup/job/memory.stat": "inactive_file 2500\n",
    ]
    #expect(HostMemory.available { files[$0] ?? "" } == 3000)
    #expect(HostMemory.available { $0 == "/proc/meminfo" ? files[$0] ?? "" : "" } == 8192)
    #expect(HostMemory.available { _ in "" } == nil)
  }

  @Test func `the copy of a checkpoint is this rank's share of all that was trained and of the moments`() throws {
    let recipe = try recipe(training: ["connector", "language"], batch: "{global: 4, micro: 2}")
    let model = try TinyRun.model()
    func floats(_ prefix: String) -> Int {
      model.store.parameters.filter { $0.name.hasPrefix(prefix) }.reduce(0) { $0 + $1.count }
    }
    let (connector, language) = (floats("multi_modal_projector."), floats("language_model."))
    func snapshot(_ stage: Int, ranks: Int) -> Int {
      MemoryPlan(
        stage: recipe.stages[stage], recipe: recipe, model: model, ranks: .init(.apart(ranks: ranks))
      ).snapshot
    }
    #expect(connector > 0 && language > 0)
    #expect(snapshot(0, ranks: 1) == 12 * connector)
    #expect(snapshot(1, ranks: 1) == 4 * connector + 12 * language)
    #expect(snapshot(1, ranks: 2) == (4 * connector + 12 * language) / 2)
  }

  @Test(arguments: ZeroStage.allCases)
  func `moments are dealt out over the ranks of a host or over all, weights and sums over those of a host`(
    zero: ZeroStage
  ) throws {
    let model = try TinyRun.model()
    let all = model.store.parameters.reduce(0) { $0 + $1.count }
    let trained = model.store.parameters.filter { $0.name.hasPrefix("language_model.") }.reduce(0) { $0 + $1.count }
    func plan(_ hosts: [Int]) -> MemoryPlan {
      MemoryPlan(
        model: model, train: [PartTraining(part: .language, lr: 1, lora: nil, lastLayers: nil)], precision: .fp32,
        activations: .keep, batch: (8, 1), leaves: hosts.count, ranks: .init(HostLayout(names: hosts.map(String.init))),
        zero: zero)
    }
    #expect(plan([0]).parameters == 4 * all && plan([0]).optimizer == 8 * trained && plan([0]).communication == 0)
    for hosts in [[0, 0], [0, 0, 1, 1], [0, 1, 2, 3]] {
      let ofHost = hosts.filter { $0 == 0 }.count
      let part = plan(hosts)
      #expect(part.parameters == 4 * (all - trained + trained / ofHost))
      // Of so small a model a leaf is never given back in parts.
      #expect(part.gradients == 4 * (trained + (zero == .gradients ? trained / hosts.count : 0)))
      #expect(part.optimizer == 8 * trained / (zero == .none ? ofHost : hosts.count))
      let sum = 4 * trained / (zero == .none ? ofHost : hosts.count)
      #expect(part.communication == sum + 2 * 4 * StageParameters.bucketFloats)
    }
  }
}
