import Autograd
import Tensors
import Testing

private func tensor(_ name: String, _ shape: [Int]) -> Tensor { Tensor(Operand(shape).values(name), shape: shape) }

private func parameter(_ name: String, _ shape: [Int]) -> Parameter {
  Parameter(name: name, value: tensor(name, shape))
}

/// Keeps an eye on memory without holding it.
private struct Watch {
  weak var storage: Storage?
  init(_ variable: Variable) { storage = variable.value.storage }
}

@Test func `a frozen weight with a trainable bias gives the bias alone its gradient`() {
  let (weight, bias) = (parameter("weight", [3, 5]), parameter("bias", [3]))
  let flat = FlatGradients([bias])
  let tape = Tape()
  let y = tape.constant(tensor("x", [4, 5])).linear(weight, bias: bias)
  #expect(tape.count == 1)
  let seed = tensor("seed", [4, 3])
  tape.backward(seeds: [y.slot ?? -1: seed])
  let sums = (0..<3).map { column in (0..<4).reduce(Float(0)) { $0 + seed.array[$1 * 3 + column] } }
  #expect(flat.gradient(of: bias) == sums)
  #expect(flat.gradient(of: weight) == nil)
}

@Test func `activations are freed while the walk goes on`() throws {
  let weights = (0..<3).map { parameter("w\($0)", [6, 6]) }
  let flat = FlatGradients(weights)
  let tape = Tape()
  func forward() -> (slot: Int?, watches: [Watch]) {
    var x = tape.constant(tensor("x", [5, 6]))
    var watches: [Watch] = []
    for weight in weights {
      x = x.linear(weight)
      watches.append(Watch(x))
      x = x.activated(.silu)
    }
    return (x.slot, watches)
  }
  let (slot, watches) = forward()
  #expect(watches.allSatisfy { $0.storage != nil })
  var aliveWhenReady: [String: [Bool]] = [:]
  tape.backward(seeds: [try #require(slot): tensor("seed", [5, 6])]) { ready in
    aliveWhenReady[ready.name] = watches.map { $0.storage != nil }
  }
  #expect(aliveWhenReady["w2"] == [true, true, false])
  #expect(aliveWhenReady["w1"] == [true, false, false])
  #expect(aliveWhenReady["w0"] == [false, false, false])
  #expect(tape.count == 0)
  #expect(flat.gradient(of: weights[0])?.contains { $0 != 0 } == true)
}

@Test func `frozen layers below the first trained one keep no activation`() {
  let (frozen, trained) = (parameter("frozen", [6, 6]), parameter("trained", [6, 6]))
  let flat = FlatGradients([trained])
  let tape = Tape()
  func forward() -> (frozen: Watch, kept: Watch) {
    let below = tape.constant(tensor("x", [5, 6])).linear(frozen)
    let input = below.activated(.silu)
    _ = input.linear(trained)
    return (Watch(below), Watch(input))
  }
  let watches = forward()
  #expect(tape.count == 1)
  #expect(watches.frozen.storage == nil)
  #expect(watches.kept.storage != nil)
  #expect(flat.gradient(of: trained) != nil)
}

@Test func `a tied weight is announced behind its last use, with the whole gradient`() throws {
  let (table, inner) = (parameter("table", [7, 4]), parameter("inner", [4, 4]))
  let flat = FlatGradients([table, inner])
  let tape = Tape()
  _ = table.rows([3, 1, 3], on: tape).linear(inner).headLosses(table, labels: [2, 0, 6])
  var announced: [(name: String, gradient: [Float]?)] = []
  tape.backward { announced.append(($0.name, flat.gradient(of: $0))) }
  #expect(announced.map(\.name) == ["inner", "table"])
  for entry in announced {
    #expect(entry.gradient == flat.gradient(of: entry.name == "table" ? table : inner), "\(entry.name) was not final")
  }
}

@Test func `a parameter whose result nobody uses is announced without a gradient`() {
  let (used, unused) = (parameter("used", [3, 3]), parameter("unused", [3, 3]))
  let flat = FlatGradients([used, unused])
  let tape = Tape()
  let x = tape.constant(tensor("x", [2, 3]))
  _ = x.linear(unused)
  let y = x.linear(used)
  var ready: [String] = []
  tape.backward(seeds: [y.slot ?? -1: tensor("seed", [2, 3])]) { ready.append($0.name) }
  #expect(Set(ready) == ["used", "unused"])
  #expect(flat.gradient(of: unused) == [Float](repeating: 0, count: 9))
}

@Test func `a tape thrown away leaves its parameters as if it had never been`() {
  let weight = parameter("weight", [3, 3])
  let flat = FlatGradients([weight])
  func pass(walk: Bool) -> [String] {
    let tape = Tape()
    let y = tape.constant(tensor("x", [2, 3])).linear(weight)
    var ready: [String] = []
    if walk { tape.backward(seeds: [y.slot ?? -1: tensor("seed", [2, 3])]) { ready.append($0.name) } }
    return ready
  }
  #expect(pass(walk: false).isEmpty)
  #expect(pass(walk: true) == ["weight"])
  #expect(flat.gradient(of: weight)?.contains { $0 != 0 } == true)
}

@Test func `a gradient handed to two places is not changed through one of them`() throws {
  // The residual gets dy itself; the norm above then adds to its own gradient, which must be a copy by then.
  let weight = parameter("weight", [4, 4])
  let flat = FlatGradients([weight])
  let tape = Tape()
  let (x, r) = (tape.input(tensor("x", [3, 4])), tape.input(tensor("r", [3, 4])))
  let y = x.linear(weight, residual: r).reshaped([3, 4])
  let z = y.linear(weight, residual: r)
  let seed = tensor("seed", [3, 4])
  let (end, slot) = (try #require(z.slot), try #require(r.slot))
  let gradients = tape.backward(seeds: [end: seed], keeping: [slot])
  #expect(seed.array == Operand([3, 4]).values("seed"))
  // r gets dz where it is added last, and dz · W through y.
  let (dz, w) = (seed.array, weight.value.array)
  var through = dz
  for row in 0..<3 {
    for column in 0..<4 {
      for inner in 0..<4 { through[row * 4 + column] += dz[row * 4 + inner] * w[inner * 4 + column] }
    }
  }
  let found = try #require(gradients[slot]).array
  #expect(zip(found, through).allSatisfy { abs($0 - $1) < 1e-5 })
  #expect(flat.gradient(of: weight) != nil)
}
