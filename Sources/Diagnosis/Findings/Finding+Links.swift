extension ClusterFacts {
  /// Less than this, in bytes a second, is less than what 1 Gb/s carries.
  static let narrow = 100e6
  /// A link is slow if it carries less than this share of what is usual.
  static let slowShare = 0.5
  /// How many slow links are named one by one.
  private static let mostNamed = 3
  /// Seconds that a checkpoint's small files may take to be on the disk.
  static let mostSyncSeconds = 0.5

  /// The network between the hosts.
  var linkFindings: [Finding] {
    let measured = links.compactMap { link in link.bytesPerSecond.map { (link: link, speed: $0) } }
      .sorted { $0.speed < $1.speed }
    // A dead link is told once, not once for each direction.
    var found: [Finding] = links.filter { $0.bytesPerSecond == nil && $0.from < $0.to }
      .map { .noAnswer(from: name(ofHost: $0.from), to: name(ofHost: $0.to)) }
    if let slowest = measured.first {
      let usual = measured[measured.count / 2].speed
      found += slow(measured.filter { $0.speed < Self.slowShare * usual }, usual: usual)
      let narrow = measured.filter { $0.speed < Self.narrow }
      if !narrow.isEmpty {
        found.append(
          .narrowLinks(
            count: narrow.count, all: measured.count, from: name(ofHost: slowest.link.from),
            to: name(ofHost: slowest.link.to), speed: slowest.speed))
      }
    }
    return found + interfaceFindings
  }

  /// A host of which all links are slow one way is named once, the rest link by link. `links`: the slow ones, slowest first.
  private func slow(_ links: [(link: Link, speed: Double)], usual: Double) -> [Finding] {
    var (found, rest): ([Finding], [(link: Link, speed: Double)]) = ([], links)
    for host in layout.hosts.indices where layout.hosts.count > 2 {
      for sends in [true, false] {
        let own = rest.filter { (sends ? $0.link.from : $0.link.to) == host }
        guard own.count == layout.hosts.count - 1, let slowest = own.first else { continue }
        found.append(.slowHost(host: name(ofHost: host), sends: sends, speed: slowest.speed, usual: usual))
        rest.removeAll { (sends ? $0.link.from : $0.link.to) == host }
      }
    }
    for (number, slow) in rest.prefix(Self.mostNamed).enumerated() {
      let isLast = number == Self.mostNamed - 1
      found.append(
        .slowLink(
          from: name(ofHost: slow.link.from), to: name(ofHost: slow.link.to), speed: slow.speed, usual: usual,
          others: isLast ? rest.count - Self.mostNamed : 0))
    }
    return found
  }

  /// Only what goes over TCP has to be told; who has set one of these variables has chosen.
  private var interfaceFindings: [Finding] {
    let chosen = ["OMPI_MCA_btl", "OMPI_MCA_pml", "OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_btl_tcp_if_exclude"]
    guard layout.hosts.count > 1, !ranks.contains(where: { chosen.contains(where: $0.settings.keys.contains) }) else {
      return []
    }
    // Bridges to containers and virtual machines have the same network on every host and lead nowhere.
    let inner = ["docker", "br-", "veth", "virbr", "cni", "flannel", "podman", "lxc"]
    let networks = hosts.map { host in
      Set(host.interfaces.filter { interface in !inner.contains(where: interface.name.hasPrefix) }.map(\.network))
    }
    let common = networks.reduce(networks[0]) { $0.intersection($1) }
    let host = hosts.firstIndex { $0.interfaces.count > 1 }
    return host.map { host in
      [
        .interfaces(
          host: name(ofHost: host), names: hosts[host].interfaces.map(\.name),
          common: common.count == 1 ? common.first : nil)
      ]
    } ?? []
  }

  /// The run directory.
  var folderFindings: [Finding] {
    guard let folder else { return [] }
    if let fault = folder.fault {
      return [.folderNotWritable(host: name(ofHost: 0), path: folder.path, fault: fault)]
    }
    var found: [Finding] = []
    if !folder.blindHosts.isEmpty {
      found.append(
        .folderNotSeen(hosts: folder.blindHosts.map(name(ofHost:)), writer: name(ofHost: 0), path: folder.path))
    }
    if let seconds = folder.syncSeconds, seconds > Self.mostSyncSeconds {
      found.append(.slowSync(path: folder.path, seconds: seconds))
    }
    return found
  }
}
