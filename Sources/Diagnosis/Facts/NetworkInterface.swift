import Glibc

/// A way out of a host.
public struct NetworkInterface: Codable, Equatable, Sendable {
  public var name: String
  /// Its network, such as "10.1.0.0/16".
  public var network: String

  public init(name: String, network: String) {
    self.name = name
    self.network = network
  }

  /// Those of this host that are up and have an IPv4 address, without the loopback.
  static func all() -> [NetworkInterface] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [NetworkInterface] = []
    var entry = first
    while let interface = entry?.pointee {
      entry = interface.ifa_next
      guard let address = interface.ifa_addr, let mask = interface.ifa_netmask,
        address.pointee.sa_family == sa_family_t(AF_INET),
        interface.ifa_flags & UInt32(IFF_UP) != 0, interface.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { continue }
      found.append(
        NetworkInterface(name: String(cString: interface.ifa_name), network: network(number(address), number(mask))))
    }
    return found
  }

  private static func number(_ address: UnsafeMutablePointer<sockaddr>) -> UInt32 {
    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt32(bigEndian: $0.pointee.sin_addr.s_addr) }
  }

  static func network(_ address: UInt32, _ mask: UInt32) -> String {
    let bytes = stride(from: UInt32(24), through: 0, by: -8).map { "\((address & mask) >> $0 & 255)" }
    return "\(bytes.joined(separator: "."))/\(mask.nonzeroBitCount)"
  }
}
