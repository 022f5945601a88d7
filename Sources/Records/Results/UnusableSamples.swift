/// The training samples that could not be used, as the journal names them: each counts once, though a run that was
/// started again may find it again.
public struct UnusableSamples {
  /// How many there are.
  public let count: Int

  public init(_ journal: [JournalEntry]) {
    count = Set(journal.filter { $0.event == .skip }.compactMap { $0.details[Self.key]?.text }).count
  }

  /// The details of a line about sample number `index` of a source.
  public static func details(source: String, index: Int) -> [String: JournalValue] {
    [key: .text("\(source)/\(index)")]
  }

  private static let key = "sample"

  /// `9 samples could not be used`; nil if there are none.
  var sentence: String? {
    count == 0 ? nil : "\(Figures.grouped(count)) \(count == 1 ? "sample" : "samples") could not be used"
  }
}
