import Autograd
import Tensors
import Testing

/// A table that is looked up and multiplied with: its gradient, and that of the rows where they are apart.
private func gradients(apart: Bool) throws -> (table: [Float], rows: [Float], ready: [String], atReady: [Float]) {
  let table = Parameter(name: "table", value: Tensor(Operand([5, 2]).values("table"), shape: [5, 2]))
  let middle = Parameter(name: "middle", value: Tensor(Operand([2, 2]).values("middle"), shape: [2, 2]))
  let flat = UnsafeMutablePointer<Float>.allocate(capacity: 20)
  defer { flat.deallocate() }
  flat.initialize(repeating: 0, count: 20)
  let buffer = GradientBuffer()
  buffer.base = flat
  let lookups = apart ? LookupGradient(tableRows: 5) : nil
  lookups?.base = flat + 14
  lookups?.begin(rows: [0, 2, 4])
  table.train(into: buffer, offset: 0, lookups: lookups)
  middle.train(into: buffer, offset: 10)
  let tape = Tape()
  let y = table.rows([4, 0, 4, 2], on: tape).linear(middle).linear(table)
  var (ready, atReady): ([String], [Float]) = ([], [])
  tape.backward(seeds: [try #require(y.slot): Tensor(Operand([4, 5]).values("seed"), shape: [4, 5])]) {
    ready.append($0.name)
    if $0 === table { atReady = (0..<10).map { flat[$0] } }
  }
  return ((0..<10).map { flat[$0] }, (14..<20).map { flat[$0] }, ready, atReady)
}

@Test func `a table with its looked-up rows apart has its own gradient early, and both make up the whole`() throws {
  let (whole, apart) = (try gradients(apart: false), try gradients(apart: true))
  #expect(whole.ready == ["middle", "table"] && whole.rows.allSatisfy { $0 == 0 })
  #expect(apart.ready == ["table", "middle"])
  #expect(apart.atReady == apart.table)
  var sum = apart.table
  for (place, row) in [0, 2, 4].enumerated() {
    for column in 0..<2 { sum[2 * row + column] += apart.rows[2 * place + column] }
  }
  #expect(sum != apart.table)
  for (found, expected) in zip(sum, whole.table) { #expect(abs(found - expected) < 1e-5) }
}

@Test func `a frozen table forgets its lookups`() throws {
  let table = Parameter(name: "table", value: Tensor([1, 2], shape: [2, 1]))
  table.train(into: GradientBuffer(), offset: 0, lookups: LookupGradient(tableRows: 2))
  table.freeze()
  let tape = Tape()
  _ = table.rows([1], on: tape)
  #expect(tape.count == 0)
}
