import Records

extension Coordinator {
  /// Notes how the stage that begins uses vision features.
  func features(_ use: FeatureUse, limit: Int) throws {
    try note(
      .features, (use.isOn ? "the feature cache is on: " : "the feature cache is off: ") + use.reason,
      details: use.isOn
        ? ["limit": .integer(limit), "training": .flag(use.training), "held_out": .flag(use.heldOut)] : [:])
  }

  /// Notes what the cache did so far. `bytes`: on disk.
  func features(_ figures: FeatureFigures, bytes: Int) throws {
    try note(.features, figures.reason, details: figures.details(bytes: bytes))
  }

  /// Notes that the cache grows no more: the run is slower for it, and as good.
  func featureFault(_ fault: String) throws {
    try note(.warning, "the feature cache grows no more: \(fault)")
  }
}
