/// The spans under way on each thread, the sums of those that ended, and a ring of the last ones.
struct Recorder {
  /// As the system counts threads.
  typealias ThreadNumber = UInt

  private struct Open {
    let kind: ProfileSpan.Kind
    let name: String
    /// The innermost phase, this span included.
    let phase: String?
    let amount: Int
    var start: UInt64 = 0
    /// Nanoseconds of the spans directly inside that have ended.
    var covered: UInt64 = 0
  }

  private struct Key: Hashable {
    let phase: String?
    let operation: String?
  }

  private struct Total {
    var calls = 0
    var time: UInt64 = 0
    var flops = 0
  }

  private struct Thread {
    let name: String
    var open: [Open] = []
    var totals: [Key: Total] = [:]
  }

  /// What threads are called, also from one profile to the next.
  private var names: [ThreadNumber: String] = [:]
  /// Spans that the ring holds.
  private var capacity = 0
  private var began: UInt64 = 0
  private var steps = 0
  private var index: [ThreadNumber: Int] = [:]
  private var threads: [Thread] = []
  private var ring: [ProfileSpan] = []
  /// Where the next span goes once the ring is full, and how many gave way.
  private var next = 0
  private var leftOut = 0

  init(names: [ThreadNumber: String] = [:]) {
    self.names = names
  }

  /// `capacity`: spans that the ring holds.
  mutating func start(capacity: Int, on thread: ThreadNumber, at time: UInt64) {
    forget()
    self.capacity = capacity
    ring.reserveCapacity(capacity)
    began = time
    index[thread] = 0
    threads = [Thread(name: names[thread] ?? "main")]
  }

  mutating func stop(at time: UInt64) -> ProfileResult {
    defer { forget() }
    return result(at: time)
  }

  /// The system gives the number of a thread that has ended to another one: under a new name it begins anew.
  mutating func name(_ thread: ThreadNumber, _ name: String) {
    names[thread] = name
    if let place = index[thread], threads[place].name != name { index[thread] = nil }
  }

  /// `now` is asked last, so that recording is not counted as work.
  mutating func begin(
    _ kind: ProfileSpan.Kind, _ name: String, amount: Int, on thread: ThreadNumber, now: () -> UInt64
  ) {
    let place = index[thread] ?? add(thread)
    let phase = kind == .phase ? name : threads[place].open.last?.phase
    threads[place].open.append(Open(kind: kind, name: name, phase: phase, amount: amount))
    threads[place].open[threads[place].open.count - 1].start = now()
  }

  mutating func end(on thread: ThreadNumber, at time: UInt64) {
    guard let place = index[thread], let span = threads[place].open.popLast() else {
      preconditionFailure("a span ended on a thread that has none open")
    }
    let duration = time - span.start
    if !threads[place].open.isEmpty { threads[place].open[threads[place].open.count - 1].covered += duration }
    if span.kind == .step {
      steps += 1
    } else {
      let key = Key(phase: span.phase, operation: span.kind == .operation ? span.name : nil)
      var total = threads[place].totals[key] ?? Total()
      total.calls += 1
      total.time += duration - span.covered
      total.flops += span.amount
      threads[place].totals[key] = total
    }
    keep(
      ProfileSpan(
        kind: span.kind, name: span.name, start: span.start, duration: duration, thread: place, amount: span.amount))
  }

  private mutating func forget() {
    self = Recorder(names: names)
  }

  private func result(at time: UInt64) -> ProfileResult {
    ProfileResult(
      time: time - began, steps: steps,
      threads: threads.map { thread in
        ProfileResult.Thread(
          name: thread.name,
          sums: thread.totals.map { key, total in
            ProfileResult.Sum(
              phase: key.phase, operation: key.operation, calls: total.calls, time: total.time, flops: total.flops)
          })
      },
      spans: Array(ring[next...] + ring[..<next]), spansLeftOut: leftOut)
  }

  private mutating func keep(_ span: ProfileSpan) {
    if ring.count < capacity {
      ring.append(span)
    } else {
      ring[next] = span
      next = (next + 1) % capacity
      leftOut += 1
    }
  }

  /// A thread that has its first span.
  private mutating func add(_ thread: ThreadNumber) -> Int {
    index[thread] = threads.count
    threads.append(Thread(name: names[thread] ?? "thread \(threads.count)"))
    return threads.count - 1
  }
}
