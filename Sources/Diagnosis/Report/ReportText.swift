import Communication
import Foundation

/// What `doctor` prints: the facts of rank 0, hosts and links as tables where there are several, and the findings.
public struct ReportText {
  /// Hosts up to which every link has a place in a table.
  static let mostHostsInTable = 8
  private static let mostSlowest = 3

  private let facts: ClusterFacts

  public init(_ facts: ClusterFacts) { self.facts = facts }

  public var lines: [String] {
    first + (facts.ranks.count > 1 ? [""] + hostTable : [])
      + (facts.links.isEmpty ? [] : [""] + linkLines) + findingLines
  }

  /// The host and the process of rank 0.
  private var first: [String] {
    let facts = self.facts.ranks[0]
    let machine = facts.machine
    let simd = ["avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"].filter(machine.flags.contains)
    func version(_ component: String) -> String { facts.versions[component] ?? "unknown" }
    let sync = self.facts.folder?.syncSeconds.map {
      ", a small file is on the disk after \(Finding.number($0 * 1e3)) ms"
    }
    return [
      "host       \(facts.host), \(machine.processor)",
      "cores      \(machine.cores.count)",
      "ranks      \(self.facts.ranks.count), \(facts.threads) thread\(facts.threads == 1 ? "" : "s") each",
      "MPI        \(version("MPI"))",
      "SIMD       \(simd.joined(separator: ", "))",
      "BLAS       \(version("OpenBLAS")), core \(facts.blasCore)",
      "bf16       \(facts.hasBFloat16 ? "yes" : "no"), oneDNN \(version("oneDNN"))",
      "memory     \(machine.memory >> 20) MB, shared \(machine.sharedMemory >> 20) MB",
      "files      \(self.facts.directory): \(machine.fileSystem), \(machine.freeDisk >> 20) MB free\(sync ?? "")",
    ]
  }

  // MARK: Hosts

  private var hostTable: [String] {
    let head = ["host", "ranks", "cores", "memory, MB", "/dev/shm, MB", "clock, ms", "kernel", "bf16", "processor"]
    let rows = facts.hosts.enumerated().map { host, own in
      let machine = own.machine
      // Bound ranks have cores of their own each.
      let cores = Set(facts.ranks(ofHost: host).flatMap(\.machine.cores)).sorted()
      return [
        facts.name(ofHost: host), CoreList.text(facts.layout.hosts[host]), "\(cores.count) (\(CoreList.text(cores)))",
        "\(machine.memory >> 20)", "\(machine.sharedMemory >> 20)",
        facts.clocks[host].map { "\(Self.signed($0.seconds * 1e3)) ± \(Finding.number($0.uncertainty * 1e3))" } ?? "0",
        machine.kernel, own.hasBFloat16 ? "yes" : "no", Self.vectors(machine) + ", " + machine.processor,
      ]
    }
    var lines = Self.table([head] + rows)
    let isMixed = facts.layout.hosts.contains { ($0.last ?? 0) - ($0.first ?? 0) >= $0.count }
    if isMixed { lines.append("Ranks of a host need not be neighbours: gradients are summed host by host.") }
    return lines
  }

  /// The widest of the instruction sets that kernels choose between.
  private static func vectors(_ machine: Machine) -> String {
    ["avx512f", "avx2", "avx"].first(where: machine.flags.contains) ?? "no avx"
  }

  private static func signed(_ value: Double) -> String { (value < 0 ? "-" : "+") + Finding.number(abs(value)) }

  /// Columns as wide as what is in them, the last one ragged.
  static func table(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        .trimmingCharacters(in: .whitespaces)
    }
  }

  // MARK: Links

  private var linkLines: [String] {
    let names = facts.hostNames
    var lines: [String] = []
    if names.count <= Self.mostHostsInTable {
      let rows = names.indices.map { from in
        [names[from]]
          + names.indices.map { to in
            let link = facts.links.first { $0.from == from && $0.to == to }
            return link.map { $0.bytesPerSecond.map(Finding.megabytes) ?? "none" } ?? "-"
          }
      }
      lines = Self.table([["MB/s to"] + names] + rows)
    } else {
      let sorted = facts.links.sorted { ($0.bytesPerSecond ?? 0) < ($1.bytesPerSecond ?? 0) }
      lines.append("links, MB/s: " + Self.spread(sorted.map { ($0.bytesPerSecond ?? 0) / 1e6 }))
      lines += sorted.prefix(Self.mostSlowest).map {
        "  \(names[$0.from]) to \(names[$0.to]): \($0.bytesPerSecond.map(Finding.megabytes) ?? "none")"
      }
    }
    let trips = facts.links.compactMap(\.roundTrip).map { $0 * 1e3 }.sorted()
    if !trips.isEmpty { lines.append("round trips, ms: " + Self.spread(trips)) }
    return lines
  }

  /// Of ascending values.
  private static func spread(_ values: [Double]) -> String {
    let (least, middle, most) = (values[0], values[values.count / 2], values[values.count - 1])
    return "\(Finding.number(least)) at least, \(Finding.number(middle)) in the middle, \(Finding.number(most)) at most"
  }

  // MARK: Findings

  private var findingLines: [String] {
    let names = facts.hostNames
    return facts.findings.map { "! " + $0.words(hosts: names).line }
  }
}
