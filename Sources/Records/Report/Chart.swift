/// Lines over steps. The curves are SVG that stretches with the page; the words are HTML beside it, so that they keep
/// their size on a phone.
struct Chart {
  /// One entry of the legend; a part per stage, so that a line does not run across stages where it has no data.
  struct Line {
    var label: String
    /// Its colour: 0 is the colour of text, 1 to 6 are the palette's.
    var slot: Int
    var parts: [Part]
    /// What the legend says beside the label: the newest value, or the highest.
    var value: String
  }

  struct Part {
    var raw: [Point]
    var smooth: [Point]
  }

  /// A stage, drawn as a band behind the curves.
  struct Band {
    var label: String
    var first: Int
    var last: Int
  }

  enum Scale {
    /// By factors where the values differ by more than four, so that late progress is seen beside the first fall.
    case automatic
    case fromZero
    /// By factors where the peaks of the lines differ by more than ten, otherwise from zero.
    case peaks
  }

  var title: String
  var note: String
  var lines: [Line]
  var bands: [Band]
  var scale = Scale.automatic
  var isTall = false

  func html() -> HTML {
    guard let first = bands.map(\.first).min(), let last = bands.map(\.last).max(), !points(\.smooth).isEmpty else {
      return ""
    }
    let x = Axis.steps(from: first, through: last)
    let y = valueAxis()
    return """
      <figure class="chart\(isTall ? " tall" : "")\(lines.count == 1 ? " only" : "")">
      <figcaption><h3>\(title)</h3><p>\(note)\(y.isLogarithmic ? "; logarithmic axis" : "")</p></figcaption>
      \(legend())
      <div class="frame">
      <div class="bands">\(bandLabels(x))</div>
      <div class="y">\(y.ticks.map { tickLabel($0, at: 1 - y.share($0)) })</div>
      <div class="plot">\(drawing(x, y))</div>
      <div class="x">\(x.ticks.map { stepLabel($0, at: x.share($0)) })</div>
      </div>
      </figure>

      """
  }

  private func points(_ kind: KeyPath<Part, [Point]>) -> [Point] {
    lines.flatMap { $0.parts.flatMap { $0[keyPath: kind] } }
  }

  /// Holds the smooth lines whole, and the raw ones but for their rarest outliers: one spike must not flatten the rest.
  private func valueAxis() -> Axis {
    let raw = points(\.raw).map(\.y).sorted()
    let outliers = raw.count / 100
    let shown = points(\.smooth).map(\.y) + raw.dropFirst(outliers).dropLast(outliers)
    let (lower, upper) = (shown.min() ?? 0, shown.max() ?? 1)
    let lowestPeak = lines.compactMap { $0.parts.flatMap(\.smooth).map(\.y).max() }.min() ?? 0
    return switch scale {
    case .automatic where lower > 0 && upper > 4 * lower: .logarithmic(lower...upper)
    case .automatic: .values(lower...upper, fromZero: false)
    // A rate that decays to nothing leaves the picture at a hundredth of its peak.
    case .peaks where lowestPeak > 0 && upper > 10 * lowestPeak: .logarithmic(max(lower, lowestPeak / 100)...upper)
    case .peaks, .fromZero: .values(lower...upper, fromZero: true)
    }
  }

  private func legend() -> HTML {
    let entries: [HTML] = lines.map { line in
      "<li class=\"c\(line.slot)\"><i></i>\(line.label) <b>\(line.value)</b></li>"
    }
    return "<ul class=\"legend\">\(entries)</ul>"
  }

  private func tickLabel(_ value: Double, at top: Double) -> HTML {
    let text = abs(value) >= 10_000 ? Figures.compact(value) : Figures.significant(value)
    return "<span style=\"top:\(share: top)\">\(text)</span>"
  }

  private func stepLabel(_ step: Double, at left: Double) -> HTML {
    "<span style=\"left:\(share: left)\">\(Figures.grouped(Int(step)))</span>"
  }

  private func bandLabels(_ x: Axis) -> [HTML] {
    bands.map { band in
      let (left, right) = edges(band, x)
      return "<span style=\"left:\(share: left);width:\(share: right - left)\">\(band.label)</span>"
    }
  }

  /// A band reaches to the middle between its steps and its neighbour's.
  private func edges(_ band: Band, _ x: Axis) -> (left: Double, right: Double) {
    (max(0, x.share(Double(band.first) - 0.5)), min(1, x.share(Double(band.last) + 0.5)))
  }
}

// MARK: - SVG

extension Chart {
  private static let (width, height) = (1000.0, 300.0)

  private func drawing(_ x: Axis, _ y: Axis) -> HTML {
    """
    <svg viewBox="0 0 1000 300" preserveAspectRatio="none" role="img" aria-label="\(title)">\
    \(bandShapes(x))\(y.ticks.map { gridLine(y.share($0)) })\
    \(lines.map { curves($0, kind: "raw", \.raw, x, y) })\(lines.map { curves($0, kind: "smooth", \.smooth, x, y) })\
    </svg>
    """
  }

  private func bandShapes(_ x: Axis) -> [HTML] {
    bands.enumerated().map { index, band in
      let (left, right) = edges(band, x)
      let shape: HTML = """
        <rect class="band\(index % 2)" x="\(number(left * Self.width))" y="0" \
        width="\(number((right - left) * Self.width))" height="300"/>
        """
      guard index > 0 else { return shape }
      let place = number(left * Self.width)
      return shape + "<line class=\"boundary\" x1=\"\(place)\" y1=\"0\" x2=\"\(place)\" y2=\"300\"/>"
    }
  }

  private func gridLine(_ share: Double) -> HTML {
    let place = number((1 - share) * Self.height)
    return "<line class=\"grid\" x1=\"0\" y1=\"\(place)\" x2=\"1000\" y2=\"\(place)\"/>"
  }

  private func curves(_ line: Line, kind: String, _ points: KeyPath<Part, [Point]>, _ x: Axis, _ y: Axis) -> HTML {
    .joined(
      line.parts.map { part in
        // A single point is drawn as a dot: a line to itself with round ends.
        let places = part[keyPath: points]
        let drawn = places.count == 1 ? places + places : places
        let list = drawn.map { place($0, x, y) }.joined(separator: " ")
        return "<polyline class=\"\(kind) c\(line.slot)\" points=\"\(list)\"/>"
      })
  }

  /// What lies outside of the axis is drawn just outside of the picture, where it is cut off.
  private func place(_ point: Point, _ x: Axis, _ y: Axis) -> String {
    let height = min(1.5, max(-0.5, 1 - y.share(point.y)))
    return "\(number(x.share(point.x) * Self.width)),\(number(height * Self.height))"
  }

  private func number(_ value: Double) -> String {
    Figures.fixed(value, digits: 1)
  }
}
