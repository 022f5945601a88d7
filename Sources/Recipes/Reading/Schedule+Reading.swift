extension Schedule {
  /// The schedule of both stages of LLaVA-1.5.
  static let standard = Schedule(kind: .cosine, warmup: .fraction(0.03))

  static func read(_ schedule: MappingReader) -> Schedule {
    let kind = schedule.choice("kind", default: standard.kind)
    let warmup = schedule.optional("warmup").flatMap { Warmup.read($0) } ?? standard.warmup
    let floor = schedule.number("floor", .share, default: standard.floor)
    let decay = schedule.optional("decay")
    if kind != .wsd { decay?.report(.onlyWith("kind: wsd")) }
    return Schedule(kind: kind, warmup: warmup, floor: floor, decay: decay?.number(.positiveShare) ?? defaultDecay)
  }
}

extension Warmup {
  fileprivate static func read(_ reader: NodeReader) -> Warmup? {
    guard let value = reader.number(.atLeast(0)) else { return nil }
    if value < 1 { return .fraction(value) }
    guard let steps = Int(exactly: value) else {
      reader.report(.outOfRange(found: "\(value)", allowed: "a share below 1 or a whole number of steps"))
      return nil
    }
    return .steps(steps)
  }
}
