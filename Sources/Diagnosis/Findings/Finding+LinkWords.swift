extension Finding {
  /// `words`: makes them from the hosts' names, what is wrong and what to do.
  func linkWords(_ words: ([String], String, String) -> Words) -> Words {
    let choose = "--mca btl_tcp_if_include NETWORK/BITS"
    switch self {
    case .interfaces(let host, let names, let common):
      let network = common ?? "NETWORK/BITS"
      return words(
        [host], "\(Finding.list(names)) lead out and Open MPI uses them all",
        "tell mpirun which network joins the hosts: --mca btl_tcp_if_include \(network) --mca oob_tcp_if_include \(network)"
      )
    case .noAnswer(let from, let to):
      return words(
        [], "\(from) and \(to) do not reach each other",
        "open the firewall between them, and tell mpirun which network joins them: \(choose)")
    case .slowHost(let host, let sends, let speed, let usual):
      return words(
        [host],
        "\(sends ? "sends" : "receives") \(Finding.megabytes(speed)) MB/s at the worst, where \(Finding.megabytes(usual)) is usual",
        "look at its cable, port and other traffic, and that it takes the fast interface: \(choose)")
    case .slowLink(let from, let to, let speed, let usual, let others):
      let more = others > 0 ? " (and \(others) more links)" : ""
      return words(
        [],
        "\(from) sends to \(to) with \(Finding.megabytes(speed)) MB/s, where \(Finding.megabytes(usual)) is usual\(more)",
        "look at the switches between them and at other traffic, and that both take the fast interface: \(choose)")
    case .narrowLinks(let count, let all, let from, let to, let speed):
      return words(
        [],
        "\(count) of \(all) links carry less than 1 Gb/s, the worst \(from) to \(to) with \(Finding.megabytes(speed)) MB/s",
        "gradients cross them every step: take a faster network (\(choose)), larger batches, or fewer hosts")
    default: preconditionFailure("linkWords: \(self)")
    }
  }

  /// Of bytes a second.
  static func megabytes(_ speed: Double) -> String { number(speed / 1e6) }
}
