import CZstd
import Checkpoints
import Communication
import Foundation
import Kernels
import Memory

/// What a rank computes, sends and reads with: where it differs between hosts, figures may, too.
public enum SoftwareVersions {
  /// The program itself, by the hash of its file.
  public static let program = "vlm-dist"
  static let mpi = "MPI"

  /// Component and version, for this process.
  static let own: [String: String] = {
    var versions = [
      program: hash(of: "/proc/self/exe"),
      mpi: Launch.libraryVersion,
      "OpenBLAS": withoutCore(OpenBLAS.configuration, core: OpenBLAS.core),
      "oneDNN": OneDNN.version,
      "zstd": String(cString: ZSTD_versionString()),
      "C library": libraryOfC(),
    ]
    for (name, version) in pictureLibraries(SystemText.read("/proc/self/maps")) { versions[name] = version }
    return versions
  }()

  /// OpenBLAS puts the kernel that it chose for the processor among its build options.
  static func withoutCore(_ configuration: String, core: String) -> String {
    configuration.split(separator: " ").filter { $0 != core }.joined(separator: " ")
  }

  /// Pixels depend on these. They tell their version in the name of the file that is loaded: "libjpeg.so.62.3.0".
  static func pictureLibraries(_ maps: String) -> [String: String] {
    var found: [String: String] = [:]
    for line in maps.split(separator: "\n") {
      guard let slash = line.lastIndex(of: "/") else { continue }
      let file = line[line.index(after: slash)...]
      for name in ["libjpeg", "libpng", "libwebp"] where file.hasPrefix(name) {
        let parts = file.split(separator: ".", maxSplits: 2)
        if parts.count == 3, parts[1] == "so" { found[String(parts[0])] = String(parts[2]) }
      }
    }
    return found
  }

  /// Such as "glibc 2.36".
  private static func libraryOfC() -> String {
    var text = [UInt8](repeating: 0, count: 64)
    let length = text.withUnsafeMutableBytes { buffer in
      confstr(Int32(_CS_GNU_LIBC_VERSION), buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return String(decoding: text.prefix(max(0, min(length, 64) - 1)), as: UTF8.self)
  }

  private static func hash(of path: String) -> String {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else { return "unknown" }
    return String(data.withUnsafeBytes { XXH64.hash($0) }, radix: 16)
  }
}
