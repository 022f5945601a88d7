import Testing

@testable import Communication

/// How long the thread that sums sleeps: a sum must not wait for it, nor a backward pass be disturbed by it.
struct RestTests {
  private static func word() -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    memory.initializeMemory(as: UInt64.self, repeating: 0, count: 1)
    return memory
  }

  @Test func `it looks at the network the more often the more depends on it`() {
    let rest = Rest(hasCores: true)
    let sleeps = [
      rest.sleep(.busy, looks: true), rest.sleep(.busy, looks: false), rest.sleep(.early, looks: false),
      rest.sleep(.quiet, looks: false),
    ]
    #expect(sleeps == sleeps.sorted() && Set(sleeps).count == 4)
    #expect(rest.sleep(.quiet, looks: true) == sleeps[3] && rest.sleep(.early, looks: true) == sleeps[2])
  }

  @Test func `sleeps get longer until something is done, and no longer than a bound`() {
    let memory = Self.word()
    defer { memory.deallocate() }
    let doorbell = Doorbell(memory: memory)
    doorbell.ring()
    var rest = Rest(hasCores: false)
    let shortest = rest.sleep(.busy, looks: true)
    // The doorbell has rung since: it does not sleep.
    for _ in 0..<50 { rest.take(doorbell, since: 0, network: .busy, looks: false) }
    let longest = rest.sleep(.busy, looks: true)
    #expect(shortest < longest && longest <= rest.sleep(.busy, looks: false))
    rest.begin()
    #expect(rest.sleep(.busy, looks: true) == shortest)
  }
}
