import Communication
import Foundation
import Kernels
import Tensors

/// What one rank knows of itself and its host.
public struct RankFacts: Codable, Equatable, Sendable {
  public var rank: Int
  /// The host's name.
  public var host: String
  /// A text that is the same for ranks of one host alone: `Communicator.hostName`.
  public var hostKey: String
  public var machine: Machine
  public var interfaces: [NetworkInterface]
  /// Threads that its kernels use.
  public var threads: Int
  /// Component and version.
  public var versions: [String: String]
  /// The kernel that OpenBLAS chose, and whether oneDNN has AVX-512 and bf16 for us.
  public var blasCore: String
  public var hasAVX512: Bool
  public var hasBFloat16: Bool
  /// Variables of the environment that change what it does, those that are set.
  public var settings: [String: String]

  /// Variables that choose kernels, bind threads to cores, steer messages or give a run up.
  public static let variables: Set = [
    "OPENBLAS_CORETYPE", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "OMP_PROC_BIND", "GOMP_CPU_AFFINITY", "OMPI_MCA_btl",
    "OMPI_MCA_pml", "OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_btl_tcp_if_exclude", "VLM_DIST_SILENCE_SECONDS",
    "VLM_DIST_STALL_SECONDS", "VLM_DIST_FAULT",
  ]

  /// Names that read well in JSON: `has_bf16`.
  enum CodingKeys: String, CodingKey {
    case rank, host, hostKey, machine, interfaces, threads, versions, blasCore, settings
    case hasAVX512 = "hasAvx512"
    case hasBFloat16 = "hasBf16"
  }

  /// Of this rank. `directory`: where the run directory is to be.
  public init(_ communicator: any Communicator, directory: String) {
    rank = communicator.rank
    host = Launch.hostName
    hostKey = communicator.hostName
    machine = Machine(directory: directory)
    interfaces = NetworkInterface.all()
    threads = Threads.count
    versions = SoftwareVersions.own
    blasCore = OpenBLAS.core
    hasAVX512 = OneDNN.hasAVX512
    hasBFloat16 = OneDNN.hasBFloat16
    settings = ProcessInfo.processInfo.environment.filter { Self.variables.contains($0.key) }
  }
}
