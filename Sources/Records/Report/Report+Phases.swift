extension Report {
  /// How long the phases of a step take, and whether one rank makes the others wait.
  func phases() -> HTML {
    let stages = content.curves.stages.filter { !$0.phases.isEmpty }
    guard !stages.isEmpty else { return "" }
    let rows: [HTML] = stages.flatMap { stage -> [HTML] in
      let phases = stage.phases.sorted { ($1.value.median, $0.key) < ($0.value.median, $1.key) }
      let longest = phases.map { $0.value.max / $0.value.steps }.max() ?? 0
      return phases.enumerated().map { index, phase in
        row(stage: index == 0 ? stage.name : "", phase.key, phase.value, longest: longest)
      }
    }
    return """
      <div class="scroll card"><table>
      <thead><tr><th>stage</th><th>phase</th><th class="wide">fastest to slowest rank</th>\
      <th class="number">fastest, ms</th><th class="number">median, ms</th><th class="number">slowest, ms</th>\
      <th class="number">most often slowest</th></tr></thead>
      <tbody>
      \(rows)</tbody></table>
      <p class="note">means over the steps of a stage; the light bar is the median rank, \
      the marked end reaches from the fastest to the slowest</p></div>

      """
  }

  private func row(stage: String, _ name: String, _ phase: RunCurves.PhaseTotals, longest: Double) -> HTML {
    let (fastest, median, slowest) = (phase.min / phase.steps, phase.median / phase.steps, phase.max / phase.steps)
    let rank = phase.slowest.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
    func share(_ value: Double) -> Double { longest > 0 ? value / longest : 0 }
    func milliseconds(_ value: Double) -> String { Figures.significant(value * 1000, digits: 3) }
    return """
      <tr><th>\(stage)</th><td>\(name)</td><td class="wide"><div class="span">\
      <i class="median" style="width:\(share: share(median))"></i>\
      <i class="spread" style="left:\(share: share(fastest));width:\(share: share(slowest - fastest))"></i></div></td>\
      <td class="number">\(milliseconds(fastest))</td><td class="number">\(milliseconds(median))</td>\
      <td class="number">\(milliseconds(slowest))</td><td class="number">rank \(rank)</td></tr>

      """
  }
}
