extension Stage {
  /// All settings in the order in which recipes are written.
  var settings: Setting {
    .map(
      [
        "name": .text(name),
        "objective": .choice(objective),
        "train": .map(train.map { SettingEntry(key: $0.part.rawValue, value: $0.settings) }),
        "mix": mix.settings,
        "template": .choice(template),
        "images": .choice(images),
        "batch": .map([
          "global": .integer(batch.global), "micro": .integer(batch.micro), "max_tokens": .integer(batch.maxTokens),
        ]),
        "optimizer": .map([
          "kind": .choice(optimizer.kind), "betas": .list(optimizer.betas.map(Setting.number)),
          "eps": .number(optimizer.eps), "weight_decay": .number(optimizer.weightDecay),
        ]),
        "schedule": schedule.settings,
        "clip": .number(clip),
        "until": until.settings,
      ], layout: .block)
  }
}

extension PartTraining {
  fileprivate var settings: Setting {
    .map(["lr": .number(lr), "lora": lora?.settings, "last_layers": lastLayers.map(Setting.integer)])
  }
}

extension LowRankAdapter {
  fileprivate var settings: Setting {
    .map(["rank": .integer(rank), "alpha": .number(alpha), "dropout": .number(dropout)])
  }
}

extension MixtureCurve {
  fileprivate var settings: Setting {
    if points.count == 1 { return weightSettings(points[0]) }
    return .list(
      points.map { .map(["at": .number($0.at), "weights": weightSettings($0)]) }, layout: .block)
  }

  private func weightSettings(_ point: Point) -> Setting {
    .map(zip(sources, point.weights).map { SettingEntry(key: $0, value: .number($1)) })
  }
}

extension Schedule {
  fileprivate var settings: Setting {
    let warmup: Setting =
      switch self.warmup {
      case .fraction(let fraction): .number(fraction)
      case .steps(let steps): .integer(steps)
      }
    return .map([
      "kind": .choice(kind), "warmup": warmup, "floor": .number(floor), "decay": kind == .wsd ? .number(decay) : nil,
    ])
  }
}

extension StageEnd {
  fileprivate var settings: Setting {
    switch self {
    case .steps(let steps): .map(["steps": .integer(steps)])
    case .epochs(let epochs): .map(["epochs": .number(epochs)])
    case .plateau(let plateau):
      .map([
        "plateau": .map([
          "patience": .integer(plateau.patience), "min_delta": .number(plateau.minDelta),
          "max_epochs": .integer(plateau.maxEpochs),
        ])
      ])
    }
  }
}
