import Testing

@testable import Diagnosis

/// The network between the hosts, by facts that are made up.
struct LinkFindingTests {
  private func findings(hosts: Int, _ change: (inout ClusterFacts) -> Void) -> [Finding] {
    var facts = ClusterFacts.healthy(hosts: hosts)
    change(&facts)
    return facts.findings
  }

  @Test func `a link that carries nothing is named once`() {
    #expect(
      findings(hosts: 3) {
        $0.speed(0, 2, nil)
        $0.speed(2, 0, nil)
      } == [.noAnswer(from: "n1", to: "n3")])
    #expect(
      findings(hosts: 2) {
        $0.speed(0, 1, nil)
        $0.speed(1, 0, nil)
      } == [.noAnswer(from: "n1", to: "n2")])
  }

  @Test func `a link that is much slower than the others`() {
    #expect(findings(hosts: 3) { $0.speed(2, 0, 0.5e9) } == [])
    #expect(
      findings(hosts: 3) { $0.speed(2, 0, 0.4e9) }
        == [.slowLink(from: "n3", to: "n1", speed: 0.4e9, usual: 1e9, others: 0)])
    // Of two hosts one direction.
    #expect(
      findings(hosts: 2) { $0.speed(1, 0, 0.4e9) }
        == [.slowLink(from: "n2", to: "n1", speed: 0.4e9, usual: 1e9, others: 0)])
  }

  @Test func `of many slow links the slowest are named, and how many more there are`() {
    let found = findings(hosts: 5) {
      for (number, link) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)].enumerated() {
        $0.speed(link.0, link.1, 2e8 + Double(number) * 1e7)
      }
    }
    #expect(
      found == [
        .slowLink(from: "n1", to: "n2", speed: 2e8, usual: 1e9, others: 0),
        .slowLink(from: "n2", to: "n3", speed: 2.1e8, usual: 1e9, others: 0),
        .slowLink(from: "n3", to: "n4", speed: 2.2e8, usual: 1e9, others: 2),
      ])
  }

  @Test func `a host that all send slowly to, or that sends slowly to all, is named instead of its links`() {
    #expect(
      findings(hosts: 4) { for to in [0, 2, 3] { $0.speed(1, to, 2e8 + Double(to)) } }
        == [.slowHost(host: "n2", sends: true, speed: 2e8, usual: 1e9)])
    #expect(
      findings(hosts: 4) { for from in [0, 2, 3] { $0.speed(from, 1, 2e8) } }
        == [.slowHost(host: "n2", sends: false, speed: 2e8, usual: 1e9)])
  }

  @Test func `links with less than a gigabit a second are told in one line`() {
    let found = findings(hosts: 3) { facts in
      for from in 0..<3 { for to in 0..<3 { facts.speed(from, to, 0.9e8 + Double(from)) } }
    }
    #expect(found == [.narrowLinks(count: 6, all: 6, from: "n1", to: "n2", speed: 0.9e8)])
    #expect(findings(hosts: 2) { for from in 0...1 { $0.speed(from, 1 - from, 1e8) } } == [])
  }

  @Test func `several ways out, and nobody has said which to take`() {
    let bridge = NetworkInterface(name: "docker0", network: "172.17.0.0/16")
    let second = NetworkInterface(name: "eth1", network: "10.2.0.0/16")
    #expect(
      findings(hosts: 2) { $0.changeAll { $0.interfaces.append(bridge) } }
        == [.interfaces(host: "n1", names: ["eth0", "docker0"], common: "10.1.0.0/16")])
    #expect(
      findings(hosts: 2) { $0.change(host: 1) { $0.interfaces.append(second) } }
        == [.interfaces(host: "n2", names: ["eth0", "eth1"], common: "10.1.0.0/16")])
    #expect(
      findings(hosts: 2) { $0.changeAll { $0.interfaces.append(second) } }
        == [.interfaces(host: "n1", names: ["eth0", "eth1"], common: nil)])
    // One host sends nothing out.
    #expect(findings(hosts: 1) { $0.changeAll { $0.interfaces.append(second) } } == [])
    for variable in ["OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_btl_tcp_if_exclude", "OMPI_MCA_btl", "OMPI_MCA_pml"] {
      let told = findings(hosts: 2) {
        $0.changeAll {
          $0.interfaces.append(second)
          $0.settings[variable] = "x"
        }
      }
      #expect(told == [], "\(variable)")
    }
  }
}
