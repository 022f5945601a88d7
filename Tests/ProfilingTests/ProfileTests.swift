import Foundation
import Kernels
import Tensors
import Testing

@testable import Profiling

/// All tests of the profile of this process: there is one, and other tests' kernels run meanwhile on other threads. A
/// test looks at its own thread, the one that starts the profile.
@Suite(.serialized) struct ProfileTests {
  private struct Fault: Error {}

  /// What `body` left on this thread, by operation.
  private func profiled(_ body: () throws -> Void) rethrows -> (sums: [String: ProfileResult.Sum], all: ProfileResult) {
    Profile.start()
    defer { _ = Profile.stop() }
    try body()
    let result = Profile.stop()
    return (
      Dictionary(
        uniqueKeysWithValues: result.threads[0].sums.map { ("\($0.phase ?? "-")/\($0.operation ?? "-")", $0) }),
      result
    )
  }

  @Test func `without a profile nothing is recorded, not even asked for`() {
    var asked = 0
    func name() -> String {
      asked += 1
      return "name"
    }
    func work() {
      Profile.operation(name(), flops: name().count).end()
      Profile.phase("phase") {}
      Profile.step(3) {}
    }
    work()
    #expect(asked == 0)
    let (sums, all) = profiled {}
    #expect(sums.isEmpty && all.steps == 0)
    let after = Profile.stop()
    #expect(after.threads.isEmpty && after.spans.isEmpty)
    #expect(profiled(work).sums.keys.sorted() == ["-/name", "phase/-"])
    #expect(asked == 2)
  }

  @Test func `a span that began before the profile or ends after it is not in it`() {
    let before = Profile.operation("before")
    let (sums, all) = profiled {
      before.end()
      Profile.operation("inside").end()
    }
    #expect(sums.keys.sorted() == ["-/inside"])
    #expect(all.spans.contains { $0.name == "inside" } && !all.spans.contains { $0.name == "before" })

    Profile.start()
    let late = Profile.operation("late")
    _ = Profile.stop()
    let next = profiled { late.end() }
    #expect(next.sums.isEmpty)
  }

  @Test func `times are those of the clock, and an error ends the spans that it leaves`() throws {
    let (sums, all) = profiled {
      Profile.step(1) {
        #expect(throws: Fault.self) {
          try Profile.phase("broken") {
            usleep(20_000)
            throw Fault()
          }
        }
        Profile.phase("whole") { usleep(5000) }
      }
    }
    let (broken, whole) = (try #require(sums["broken/-"]), try #require(sums["whole/-"]))
    #expect(broken.time >= 20_000_000 && whole.time >= 5_000_000)
    #expect(broken.time + whole.time <= all.time)
    #expect(all.steps == 1)
    let spans = all.spans.filter { $0.thread == 0 }
    #expect(spans.map(\.name) == ["broken", "whole", "step"])
    #expect(spans[2].start <= spans[0].start && spans[0].start + spans[0].duration <= spans[1].start)
  }

  @Test func `threads record at the same time, each under its name`() {
    let (_, all) = profiled {
      for number in 0..<8 {
        let thread = Thread { [done] in
          Profile.nameThread("worker \(number)")
          for _ in 0..<200 {
            let outer = Profile.operation("outer \(number)")
            Profile.operation("inner \(number)", flops: number).end()
            outer.end()
          }
          done.signal()
        }
        thread.start()
      }
      for _ in 0..<8 { done.wait() }
    }
    for number in 0..<8 {
      let sums = all.threads.filter { $0.name == "worker \(number)" }.flatMap(\.sums)
      #expect(sums.count == 2 && sums.allSatisfy { $0.calls == 200 }, "\(number): \(sums)")
      #expect(sums.first { $0.operation == "inner \(number)" }?.flops == 200 * number)
    }
  }

  private let done = DispatchSemaphore(value: 0)

  @Test func `kernels tell their products' floating-point operations`() throws {
    let (x, w) = (Tensor(repeating: 1, shape: [3, 4]), Tensor(repeating: 1, shape: [5, 4]))
    let dy = Tensor(repeating: 1, shape: [3, 5])
    var buffer = Tensor(repeating: 0, shape: [5, 4])
    let target = buffer.mutablePointer()
    let layout = AttentionLayout.causal(queryHeads: 2, keyHeads: 1, headWidth: 8, starts: [0, 3, 5])
    let (q, kv) = (Tensor(repeating: 1, shape: [5, 16]), Tensor(repeating: 1, shape: [5, 8]))
    let (rx, rw, rdy) = (BFloat16Tensor(rounding: x), BFloat16Tensor(rounding: w), BFloat16Tensor(rounding: dy))
    let (sums, _) = profiled {
      _ = linear(x, weight: w)
      linearInputGradient(dy, weight: w, into: target, beta: 0)
      linearWeightGradient(dy, x: x, into: target)
      let (y, logs) = attention(q: q, k: kv, v: kv, layout: layout)
      _ = attentionGradient(y, q: q, k: kv, v: kv, y: y, logDenominator: logs, layout: layout)
      _ = headCrossEntropy(x, weight: w, labels: [0, 1, 4], wantsInputGradient: true, dWeight: target)
      _ = activate(x, .geluTanh)
    }
    // 2·m·n·k of each product: 3 × 5 × 4; attention sees 6 + 3 pairs, has 16 columns and 2 and 5 products.
    let flops = sums.mapValues(\.flops).filter { $0.value > 0 }
    #expect(
      flops == [
        "-/linear forward": 120, "-/linear backward: input": 120, "-/linear backward: weight": 120,
        "-/attention forward": 2 * 2 * 9 * 16, "-/attention backward": 5 * 2 * 9 * 16, "-/head forward": 120,
        "-/head backward": 240,
      ])
    #expect(sums["-/gelu_pytorch_tanh forward"]?.calls == 1 && sums["-/cross_entropy head"]?.calls == 1)
    guard OneDNN.hasBFloat16 else { return }
    let (rounded, _) = profiled {
      _ = linear(rx, weight: rw)
      linearInputGradient(rdy, weight: rw, into: target, beta: 0)
      linearWeightGradient(rdy, x: rx, into: target)
      _ = headCrossEntropy(x, weight: w, rounded: rw, labels: [0, 1, 4], wantsInputGradient: true, dWeight: target)
    }
    #expect(
      rounded.mapValues(\.flops).filter { $0.value > 0 } == [
        "-/linear forward": 120, "-/linear backward: input": 120, "-/linear backward: weight": 120,
        "-/head forward": 120, "-/head backward": 240,
      ])
    // The head's operand and its gradient.
    #expect(rounded["-/bf16 rounding"]?.calls == 2)
    withExtendedLifetime(buffer) {}
  }
}
