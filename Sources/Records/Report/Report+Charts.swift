extension Report {
  /// A chart per stage: the loss of each data source and of the whole batch.
  func lossCharts() -> HTML {
    let charts: [HTML] = content.curves.stages.map { stage in
      let sources = stage.sourceLoss.keys.sorted()
      // The whole batch comes first, so that it lies under the sources, which it often nearly equals.
      var lines = [line(sources.count == 1 ? sources[0] : "whole batch", slot: 0, [stage]) { $0.loss }]
      if sources.count > 1 {
        lines += sources.enumerated().map { index, source in
          line(source, slot: 1 + index % 6, [stage]) { $0.sourceLoss[source] }
        }
      }
      return Chart(
        title: stage.name, note: "mean over supervised tokens, by step; smoothed, over each step’s own value",
        lines: lines, bands: bands([stage]), isTall: true
      ).html()
    }
    return .joined(charts)
  }

  /// Learning rates, gradient norm, throughput.
  func trainingCharts() -> HTML {
    let stages = content.curves.stages
    let parts = Set(stages.flatMap { $0.lr.keys }).sorted()
    let rates = Chart(
      title: "Learning rate", note: "by part of the model, with its highest value",
      lines: parts.enumerated().map { index, part in
        line(part, slot: 1 + index % 6, isNoisy: false, stages) { $0.lr[part] }
      },
      bands: bands(stages), scale: .peaks)
    let norm = Chart(
      title: "Gradient norm", note: "before clipping",
      lines: [line("norm", slot: 4, stages) { $0.gradNorm }], bands: bands(stages))
    let samples = Chart(
      title: "Samples per second", note: "all ranks together",
      lines: [line("samples/s", slot: 3, stages) { $0.samplesPerSecond }], bands: bands(stages), scale: .fromZero)
    let tokens = Chart(
      title: "Tokens per second", note: "all ranks together, image tokens included",
      lines: [line("tokens/s", slot: 5, stages) { $0.tokensPerSecond }], bands: bands(stages), scale: .fromZero)
    let charts = [rates, norm, samples, tokens].map { $0.html() }
    return charts.allSatisfy { $0.markup.isEmpty } ? "" : "<div class=\"pair\">\n\(charts)</div>\n"
  }

  private func bands(_ stages: [RunCurves.Stage]) -> [Chart.Band] {
    stages.map { Chart.Band(label: $0.name, first: $0.firstStep, last: $0.lastStep) }
  }

  /// Each stage gets its share of the points that a line may have. What is not noisy is drawn as it is.
  private func line(
    _ label: String, slot: Int, isNoisy: Bool = true, _ stages: [RunCurves.Stage], _ curve: (RunCurves.Stage) -> Curve?
  ) -> Chart.Line {
    let found = stages.compactMap { stage in curve(stage).map { (stage: stage, curve: $0) } }
    let steps = found.reduce(0.0) { $0 + Double($1.stage.lastStep - $1.stage.firstStep + 1) }
    let parts = found.map { stage, curve in
      let share = Double(stage.lastStep - stage.firstStep + 1) / steps
      let reduced = curve.reduced(to: max(20, Int(share * Double(Curve.capacity))))
      return isNoisy
        ? Chart.Part(raw: reduced.raw, smooth: reduced.smooth) : Chart.Part(raw: [], smooth: reduced.means)
    }
    let named = isNoisy ? parts.last?.smooth.last?.y : found.flatMap(\.curve.raw).map(\.y).max()
    return Chart.Line(
      label: label, slot: slot, parts: parts, value: named.map { Figures.significant($0, digits: 3) } ?? "")
  }
}
