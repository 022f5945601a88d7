import Testing

@testable import Training

@Suite struct LayoutPlanTests {
  private func cost(_ leaves: Int, ranks: Int, hosts: Int, excess: Double) -> String? {
    LayoutPlan(leaves: leaves, ranks: ranks, hosts: hosts, excess: excess).cost
  }

  @Test func `an even layout costs nothing`() {
    #expect(cost(8, ranks: 4, hosts: 2, excess: 1) == nil)
    #expect(cost(5, ranks: 1, hosts: 1, excess: 1) == nil)
  }

  @Test func `gradients in bf16 are said, with what they depend on`() {
    func wire(hosts: Int) -> String { LayoutPlan(leaves: 8, ranks: 4, hosts: hosts, excess: 1).wire }
    let other = "; a run that goes on with another layout of ranks on hosts has other figures from there on"
    #expect(wire(hosts: 1) == "one host: nothing travels in bf16, and the figures are those of fp32" + other)
    #expect(
      wire(hosts: 2)
        == "2 hosts: gradients travel between them in bf16, and the figures depend on how micro-batches lie "
        + "on hosts" + other)
  }

  @Test func `idle ranks and bytes too many are said, with what to do`() {
    let best = "; best are as many ranks as make micro-batches / ranks a power of two"
    let idle = "8 micro-batches on 3 ranks of 1 host: ranks are idle for 11 % of a step's computing" + best
    #expect(cost(8, ranks: 3, hosts: 1, excess: 1) == idle)
    let bytes =
      "12 micro-batches on 4 ranks of 4 hosts: hosts send 1.50 times the bytes of aligned powers of two" + best
    #expect(cost(12, ranks: 4, hosts: 4, excess: 1.5) == bytes)
    #expect(LayoutPlan(leaves: 2, ranks: 8, hosts: 1, excess: 1).idle == 0.75)
  }
}
