import Kernels

/// The two attention layouts of a decoder pass: for all rows, and for the rows whose output is used.
struct DecoderRows {
  let all: AttentionLayout
  let selected: AttentionLayout

  /// `starts`: cumulative lengths of the samples. `earlier`: tokens of the one sample that are already in the cache.
  /// `selected`: rising row numbers.
  init(configuration: LanguageConfiguration, starts: [Int], earlier: Int, selected: [Int32]) {
    var visible: [Int32] = []
    var chosenVisible: [Int32] = []
    var chosenStarts = [0]
    var next = selected.startIndex
    for sample in 1..<starts.count {
      let first = starts[sample - 1]
      visible += (0..<(starts[sample] - first)).map { Int32($0 + 1 + earlier) }
      while next < selected.endIndex, Int(selected[next]) < starts[sample] {
        chosenVisible.append(selected[next] - Int32(first) + 1 + Int32(earlier))
        next += 1
      }
      chosenStarts.append(chosenVisible.count)
    }
    let keyStarts = starts.map { $0 == 0 ? 0 : $0 + earlier }
    func layout(_ queryStarts: [Int], _ visible: [Int32]) -> AttentionLayout {
      AttentionLayout(
        queryHeads: configuration.numAttentionHeads, keyHeads: configuration.numKeyValueHeads,
        headWidth: configuration.headDim, queryStarts: queryStarts, keyStarts: keyStarts, visible: visible)
    }
    all = layout(starts, visible)
    self.selected = layout(chosenStarts, chosenVisible)
  }
}
