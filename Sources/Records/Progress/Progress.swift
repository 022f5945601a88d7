/// Where a run stands, for the line on the terminal.
public struct Progress: Equatable, Sendable {
  public var stage: String
  /// The step that was just done and how many there are; `total` is nil for a stage that ends at a plateau.
  public var step: Int
  public var total: Int?
  /// What is counted.
  public var unit: String
  /// Nil where nothing is trained or scored.
  public var loss: Float?
  public var samplesPerSecond: Double
  /// Seconds until the end; nil while nobody knows.
  public var eta: Double?

  public init(
    stage: String, step: Int, total: Int?, unit: String = "step", loss: Float?, samplesPerSecond: Double, eta: Double?
  ) {
    self.stage = stage
    self.step = step
    self.total = total
    self.unit = unit
    self.loss = loss
    self.samplesPerSecond = samplesPerSecond
    self.eta = eta
  }

  /// `align  step 120/400 (30%)  loss 2.3145  38.2 samples/s  4 min 20 s left`
  public var text: String {
    var parts = [Self.printable(stage)]
    if let total, total > 0 {
      let share = min(100, max(0, step) * 100 / total)
      parts.append("\(unit) \(step)/\(total) (\(share)%)")
    } else {
      parts.append("\(unit) \(step)")
    }
    if let loss { parts.append("loss \(Figures.fixed(Double(loss), digits: 4))") }
    parts.append("\(Figures.significant(samplesPerSecond)) samples/s")
    if let eta, eta.isFinite {
      parts.append("\(Figures.duration(eta)) left")
    }
    return parts.joined(separator: "  ")
  }

  /// A stage's name comes from a recipe: it must not move the cursor.
  private static func printable(_ text: String) -> String {
    String(text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) } ? $0 : "?" })
  }
}
