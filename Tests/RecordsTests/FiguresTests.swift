import Testing

@testable import Records

@Suite struct FiguresTests {
  @Test func `numbers are short and exact to their digits`() {
    #expect(Figures.fixed(-0.0004, digits: 3) == "0.000")
    #expect(Figures.fixed(2.31449, digits: 4) == "2.3145")
    #expect(Figures.significant(0.00125) == "0.00125")
    #expect(Figures.significant(2e-5) == "2e-5")
    #expect(Figures.significant(12_345) == "12,345")
    #expect(Figures.significant(-0.5) == "-0.5")
    #expect(Figures.compact(1_234_567) == "1.23M")
    #expect(Figures.compact(999) == "999")
    #expect(Figures.grouped(-1_234_567) == "-1,234,567")
    #expect(Figures.grouped(.min) == "-9,223,372,036,854,775,808")
  }

  @Test func `durations have two units`() {
    let texts = [0.42, 45, 260, 7980, 273_600].map(Figures.duration)
    #expect(texts == ["0.42 s", "45 s", "4 min 20 s", "2 h 13 min", "3 d 4 h"])
    #expect(Figures.duration(.infinity) == "—")
  }
}
