extension Recipe {
  /// The settings that are valid but not carried out yet: objectives other than supervised, low-rank adapters, the last
  /// layers of a language model alone.
  ///
  /// Each is a ``RecipeError/notYetSupported(_:key:place:)``. Reading a recipe does not look at this, so that commands
  /// that only show or compare recipes take all of them.
  public var unsupportedSettings: [RecipeError] {
    var found: [(UnsupportedSetting, String)] = []
    for (index, stage) in stages.enumerated() {
      if stage.objective != .supervised { found.append((.objective(stage.objective), "stages[\(index)].objective")) }
      for training in stage.train where training.lora != nil {
        found.append((.lowRankAdapter, key(of: training.part, stage: index) + ".lora"))
      }
      for training in stage.train where training.part == .language && training.lastLayers != nil {
        found.append((.lastLanguageLayers, key(of: .language, stage: index) + ".last_layers"))
      }
    }
    return found.map { setting, key in
      .notYetSupported(setting, key: key, place: place(of: key) ?? .file(source: places.source, line: 1, column: 1))
    }
  }
}
