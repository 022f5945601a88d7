import Testing

@testable import Recipes

@Suite struct ProblemTests {
  @Test(arguments: [
    (
      "path: llava}", "path: llava",
      "r.yaml:2:5: this is no YAML: while parsing a flow mapping, did not find expected ',' or '}'"
    ),
    ("model:", "modle:", "r.yaml:1:1: unknown key \"modle\" in the recipe; did you mean \"model\"? known: "),
    ("lr:", "learning_rate:", "r.yaml:7:25: unknown key \"learning_rate\" in stages[0].train.connector; "),
    ("lr: 1e-3", "lr: fast", "r.yaml:7:29: stages[0].train.connector.lr: expected a number, found the text \"fast\""),
    ("lr: 1e-3", "lr: -1", "r.yaml:7:29: stages[0].train.connector.lr: -1.0 is out of range; it must be at least 0"),
    ("lr: 1e-3", "lr: .nan", "r.yaml:7:29: stages[0].train.connector.lr: expected a number, found the text \".nan\""),
    (
      "connector: {lr: 1e-3}", "",
      "r.yaml:7:12: stages[0].train is empty, so the stage would train nothing; name a part,"
    ),
    ("micro: 4", "micro: 32", "r.yaml:9:12: stages[0].batch: micro (32) is above global (16); a global batch is made"),
    (
      "micro: 4", "micro: 4, max_tokens: 9000000000000000000",
      "r.yaml:9:47: stages[0].batch.max_tokens: 9000000000000000000 is out of range; it must be from 1 to 16777216"
    ),
    ("global: 16", "global: 1.5", "r.yaml:9:21: stages[0].batch.global: expected a whole number, found the number 1.5"),
    (
      "text: 0.1", "txet: 0.1",
      "r.yaml:8:26: stages[0].mix mixes \"txet\", which is not under data; did you mean \"text\"?"
    ),
    ("0.9, text: 0.1", "0, text: 0.0", "r.yaml:8:10: stages[0].mix: the weights sum to 0, so there is nothing to draw"),
    ("0.9, text: 0.1", "-0.9", "r.yaml:8:21: stages[0].mix.captions: -0.9 is out of range; it must be at least 0"),
    ("name: align", "nmae: align", "r.yaml:6:5: stages[0] has no name; add one, like name: align"),
    ("{path: llava}", "{}", "r.yaml:1:8: model is not decided; give it path or vision, connector and language"),
    ("{path: llava}", "{path: a, vision: {path: b}}", "r.yaml:1:8: model has path and parts of its own, which exclude"),
    ("{path: llava}", "{path: ''}", "r.yaml:1:15: model.path is empty; give it a value or remove it"),
    ("{path: llava}", "{path: 7}", "r.yaml:1:15: model.path: expected text, found the number 7"),
    (
      "{path: llava}", "[llava]",
      "r.yaml:1:8: model: expected {path: ...}, or vision, connector and language, found a list"
    ),
    (
      "images/}", "images/, format: lava}",
      "r.yaml:3:60: data.captions.format: \"lava\" is no choice; did you mean \"llava\"?"
    ),
    ("path: llava}", "path: &a x, <<: 3}", "r.yaml:1:25: expected a mapping, or a list of mappings, to merge into"),
    (
      "path: llava}", "path: !!int 3}", "r.yaml:1:15: recipes have no type marks like \"tag:yaml.org,2002:int\"; remove"
    ),
    ("path: llava}", "[a]: llava}", "r.yaml:1:9: expected a key in the mapping, found a list"),
    ("text: {path", "captions: {path", "r.yaml:3:3: duplicate key \"captions\"; keep one"),
  ])
  func `a fault is named with its place`(old: String, new: String, expected: String) {
    let lines = complaints(recipe(old, new))
    #expect(lines.contains { $0.hasPrefix(expected) }, "\(lines)")
  }

  @Test(arguments: [
    (
      "optimizer: {betas: [0.9, 1]}",
      "r.yaml:10:30: stages[0].optimizer.betas[1]: 1.0 is out of range; it must be at least 0 and below 1"
    ),
    (
      "optimizer: {betas: [0.9]}",
      "r.yaml:10:24: stages[0].optimizer.betas: expected two numbers, like [0.9, 0.999], found a list of 1"
    ),
    ("schedule: {warmup: -1}", "r.yaml:10:24: stages[0].schedule.warmup: -1.0 is out of range; it must be at least 0"),
    (
      "schedule: {warmup: 1.5}",
      "r.yaml:10:24: stages[0].schedule.warmup: 1.5 is out of range; it must be a share below 1 "
        + "or a whole number of steps"
    ),
    ("schedule: {decay: 0.1}", "r.yaml:10:23: stages[0].schedule.decay goes only with kind: wsd; remove it"),
    (
      "schedule: {kind: cosin}",
      "r.yaml:10:22: stages[0].schedule.kind: \"cosin\" is no choice; did you mean \"cosine\"? "
        + "choose constant, linear, cosine or wsd"
    ),
    (
      "until: {steps: 3, epochs: 1}",
      "r.yaml:10:12: stages[0].until has steps and epochs, which exclude each other; keep one"
    ),
    ("until: {}", "r.yaml:10:12: stages[0].until is not decided; give it steps, epochs or plateau"),
    ("until: {steps: 0}", "r.yaml:10:20: stages[0].until.steps: 0 is out of range; it must be at least 1"),
    (
      "until: {plateau: {min_delta: 0.1}}",
      "r.yaml:10:22: stages[0].until.plateau has no patience; add one, like patience: 3"
    ),
    (
      "optimizer: {learing_rate: 1}",
      "r.yaml:10:17: unknown key \"learing_rate\" in stages[0].optimizer; the nearest is \"kind\"; "
        + "known: kind, betas, eps, weight_decay"
    ),
    ("clip: yes", "r.yaml:10:11: stages[0].clip: expected a number, found the text \"yes\""),
  ])
  func `a fault of a stage is said word for word`(line: String, expected: String) {
    #expect(complaints(smallRecipe + "\n    \(line)") == [expected])
  }

  @Test(arguments: [
    (
      "{vision: {lr: 1, last_layers: 0}}",
      "stages[0].train.vision.last_layers: 0 is out of range; it must be at least 1"
    ),
    (
      "{head: {lr: 1, last_layers: 1}}",
      "stages[0].train.head.last_layers goes only with vision and language, the parts with layers; remove it"
    ),
    (
      "{language: {lr: 1, lora: {rank: 0, alpha: 1}}}",
      "stages[0].train.language.lora.rank: 0 is out of range; it must be at least 1"
    ),
    ("{language: {lr: 1, lora: {rank: 8}}}", "stages[0].train.language.lora has no alpha; add one, like alpha: 16"),
    ("{language: 1e-3}", "stages[0].train.language: expected a mapping like {lr: 1.0e-3}, found the number 0.001"),
    ("{language: {}}", "stages[0].train.language has no lr; add one, like lr: 1.0e-3"),
    (
      "{language: null}",
      "stages[0].train is empty, so the stage would train nothing; name a part, like {connector: {lr: 1.0e-3}}"
    ),
  ])
  func `a fault of a trained part is said once`(train: String, expected: String) {
    let lines = complaints(recipe("{connector: {lr: 1e-3}}", train))
    #expect(lines.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) } == [expected])
  }

  @Test(arguments: [
    (
      "[{at: 0, weights: {text: 1}}, {at: 0, weights: {captions: 1}}]",
      "stages[0].mix[1]: 0.0 comes after 0.0; the points of a curriculum must increase, put them in order"
    ),
    ("[{at: 1.5, weights: {text: 1}}]", "stages[0].mix[0].at: 1.5 is out of range; it must be from 0 to 1"),
    ("[]", "stages[0].mix is empty; add the weights of data sources"),
    ("{}", "stages[0].mix is empty; add the weights of data sources"),
    ("[{at: 0}]", "stages[0].mix[0] has no weights; add one, like weights: {captions: 1.0}"),
    ("null", "stages[0] has no mix; there is more than one data source, so give the weights of captions, text"),
  ])
  func `a fault of a curriculum is said once`(mix: String, expected: String) {
    let lines = complaints(recipe("{captions: 0.9, text: 0.1}", mix))
    #expect(lines.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) } == [expected])
  }
}
