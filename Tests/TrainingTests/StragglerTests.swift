import Datasets
import Glibc
import Records
import Testing

@testable import Training

@Suite struct StragglerTests {
  private func ranks(_ compute: [Double], leaves: [Int]? = nil) -> [PhaseSeconds] {
    compute.enumerated().map {
      PhaseSeconds(data: 0.25, compute: $1, communication: 1, optimizer: 2, leaves: leaves?[$0] ?? 1)
    }
  }

  @Test func `a phase is told by its least, median and most, and by who took longest`() {
    let spread = PhaseSeconds.spread(ranks([3, 1, 9, 2]))
    #expect(spread["compute"] == StepMetrics.Phase(min: 1, median: 2, max: 9, slowestRank: 2))
    #expect(spread["optimizer"] == StepMetrics.Phase(min: 2, median: 2, max: 2, slowestRank: 0))
    #expect(Set(spread.keys) == ["data", "compute", "communication", "optimizer"])
  }

  @Test func `a rank that is slow over a window is named once, and again after it was well`() {
    var watch = StragglerWatch()
    var named: [Int: [Int]] = [:]
    for step in 1...100 {
      // Rank 2 is slow in steps 1 to 40 and from 81 on.
      let slow = step <= 40 || step > 80
      for straggler in watch.add(ranks([1, 1, slow ? 2 : 1])) {
        named[straggler.rank, default: []].append(step)
        #expect(straggler.seconds == 2.25 && straggler.median == 1.25)
      }
    }
    #expect(named == [2: [20, 100]])
  }

  @Test func `a rank that another one keeps waiting between its micro-batches does not look slow itself`() throws {
    let delays: [UInt32] = [100_000, 400_000, 1_600_000]
    // Rank 0 has micro-batches 0 and 2. How long it computes is up to the machine: a longer wait tells them apart.
    let isTold = try delays.contains { delay in
      let outcome = try TinyRun.step(ranks: 2, zero: .gradients, part: .connector) { leaf in
        if leaf == 1 { usleep(delay) }
        return MicroBatch(samples: [TinyRun.sample(1)], bad: [])
      }
      return outcome.results[0].seconds.compute < outcome.results[0].seconds.communication
    }
    #expect(isTold)
  }

  @Test func `one slow step, more micro-batches or a rank without any make no straggler`() {
    var watch = StragglerWatch()
    for step in 1...60 {
      #expect(watch.add(ranks([1, 1, step == 5 ? 8 : 1])).isEmpty)
    }
    var uneven = StragglerWatch()
    for _ in 1...60 {
      #expect(uneven.add(ranks([2, 1, 0], leaves: [2, 1, 0])).isEmpty)
      #expect(watch.add(ranks([1])).isEmpty)
    }
  }
}
