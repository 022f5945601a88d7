import Glibc

/// An IPv4 address and a port of it, both in the host's byte order.
struct Endpoint: Hashable, Sendable {
  var address: UInt32
  var port: UInt16

  /// Six bytes, the least significant first.
  var bytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: address >> (8 * $0)) } + [UInt8(port & 255), UInt8(port >> 8)]
  }

  init(address: UInt32, port: UInt16) {
    (self.address, self.port) = (address, port)
  }

  /// The endpoints of a list of `bytes`.
  static func list(_ bytes: [UInt8]) -> [Endpoint] {
    stride(from: 0, to: bytes.count - 5, by: 6).map { start in
      let address = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
      return Endpoint(address: address, port: UInt16(bytes[start + 4]) | UInt16(bytes[start + 5]) << 8)
    }
  }

  fileprivate init(_ system: sockaddr_in) {
    address = UInt32(bigEndian: system.sin_addr.s_addr)
    port = UInt16(bigEndian: system.sin_port)
  }

  fileprivate var system: sockaddr_in {
    var system = sockaddr_in()
    system.sin_family = sa_family_t(AF_INET)
    system.sin_addr.s_addr = address.bigEndian
    system.sin_port = port.bigEndian
    return system
  }
}

/// A UDP socket on all addresses of this host, on a port that the system chose.
struct DatagramSocket: Sendable {
  /// Longest datagram that is received; a heartbeat is shorter.
  private static let longest = 2048

  private let file: Int32
  let port: UInt16

  /// Nil where the system allows no such socket.
  init?() {
    let file = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return nil }
    var own = Endpoint(address: 0, port: 0).system
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &own) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
      }
    }
    guard isBound else {
      Glibc.close(file)
      return nil
    }
    self.file = file
    port = Endpoint(own).port
  }

  func close() { Glibc.close(file) }

  /// Sends without waiting; a datagram may get lost on the way in any case, so nothing is said when this one is.
  func send(_ bytes: [UInt8], to peer: Endpoint) {
    var address = peer.system
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(file, bytes, bytes.count, Int32(MSG_DONTWAIT), $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// The next datagram, if one is there within `seconds`.
  func receive(within seconds: Double) -> (bytes: [UInt8], from: Endpoint)? {
    var wanted = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, Int32(max(0, min(seconds, 3600)) * 1000)) == 1 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Self.longest)
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let count = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        recvfrom(file, &bytes, Self.longest, Int32(MSG_DONTWAIT), $0, &length)
      }
    }
    guard count >= 0 else { return nil }
    return (Array(bytes.prefix(count)), Endpoint(address))
  }
}

/// The IPv4 addresses of this host's interfaces that are up; loopback last, which only ranks of the same host reach.
func hostAddresses() -> [UInt32] {
  var list: UnsafeMutablePointer<ifaddrs>?
  guard getifaddrs(&list) == 0 else { return [] }
  defer { freeifaddrs(list) }
  var (outside, loopback): ([UInt32], [UInt32]) = ([], [])
  var next = list
  while let interface = next?.pointee {
    next = interface.ifa_next
    guard interface.ifa_flags & UInt32(IFF_UP) != 0, let address = interface.ifa_addr,
      address.pointee.sa_family == sa_family_t(AF_INET)
    else { continue }
    let found = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Endpoint($0.pointee).address }
    if interface.ifa_flags & UInt32(IFF_LOOPBACK) != 0 {
      loopback.append(found)
    } else {
      outside.append(found)
    }
  }
  return outside + loopback
}
