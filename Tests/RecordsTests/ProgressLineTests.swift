import Testing

@testable import Records

/// A clock that a test moves.
private final class TestClock {
  var time = 0.0
}

@Suite struct ProgressLineTests {
  private let clock = TestClock()

  private func progress(_ step: Int, stage: String = "align", total: Int? = 400) -> Progress {
    Progress(stage: stage, step: step, total: total, loss: 2.31449, samplesPerSecond: 38.24, eta: 260)
  }

  private func line(_ output: ProgressLine.Output) -> ProgressLine {
    let clock = clock
    return ProgressLine(output: output, now: { clock.time })
  }

  @Test func `the text names stage, step, loss, rate and what is left`() {
    #expect(progress(120).text == "align  step 120/400 (30%)  loss 2.3145  38.24 samples/s  4 min 20 s left")
    var open = progress(120, total: nil)
    open.eta = nil
    open.loss = .nan
    #expect(open.text == "align  step 120  loss nan  38.24 samples/s")
    (open.unit, open.loss) = ("sample", nil)
    #expect(open.text == "align  sample 120  38.24 samples/s")
  }

  @Test func `a terminal's line is rewritten in place and fits`() {
    var line = line(.terminal(columns: 20))
    #expect(line.update(progress(1)) == "\ralign  step 1/400 (\u{1B}[K")
    clock.time = 0.05
    #expect(line.update(progress(2)) == nil)
    clock.time = 0.11
    #expect(line.update(progress(3)) == "\ralign  step 3/400 (\u{1B}[K")
  }

  @Test func `wide letters take two columns`() {
    var line = line(.terminal(columns: 8))
    #expect(line.update(progress(1, stage: "정렬정렬")) == "\r정렬정\u{1B}[K")
  }

  @Test func `the end of the line shows the newest state`() {
    var line = line(.terminal(columns: 200))
    _ = line.update(progress(1))
    #expect(line.update(progress(2)) == nil)
    #expect(line.finish() == "\r" + progress(2).text + "\u{1B}[K\n")
    #expect(line.finish() == nil)
  }

  @Test func `a log gets a line by steps, by time, and for the first and last step`() {
    var line = line(.log(everySteps: 50, everySeconds: 30))
    var printed: [Int] = []
    for step in 1...400 {
      clock.time += step > 200 && step <= 210 ? 10 : 0.01
      if line.update(progress(step)) != nil { printed.append(step) }
    }
    #expect(printed == [1, 51, 101, 151, 201, 204, 207, 210, 260, 310, 360, 400])
  }

  @Test func `a new stage is shown at once`() {
    var line = line(.log(everySteps: 50, everySeconds: 30))
    _ = line.update(progress(1))
    #expect(line.update(progress(2)) == nil)
    #expect(line.update(progress(3, stage: "instruct"))?.hasPrefix("instruct  step 3") == true)
  }

  @Test func `a stage's name cannot move the cursor`() {
    #expect(progress(1, stage: "a\u{1B}[2J\r").text.hasPrefix("a?[2J?  step 1"))
  }

  @Test func `going through samples is told once it has taken long`() {
    let clock = clock
    var progress = SampleProgress(
      "evaluate", total: 90, quietSeconds: 5, output: .log(everySteps: .max, everySeconds: 30), now: { clock.time })
    var printed: [String] = []
    for done in 1...90 {
      clock.time += 1
      if let text = progress.update(done) { printed.append(text) }
    }
    #expect(
      printed == [
        "evaluate  sample 5/90 (5%)  1 samples/s  1 min 25 s left\n",
        "evaluate  sample 35/90 (38%)  1 samples/s  55 s left\n",
        "evaluate  sample 65/90 (72%)  1 samples/s  25 s left\n",
        "evaluate  sample 90/90 (100%)  1 samples/s  0 s left\n",
      ])
  }
}
