import ArgumentParser
import Communication
import Foundation
import Kernels

/// `vlm-dist doctor`: what is there and what will bite.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show MPI, cores, instruction sets, matrix library and memory, and say what will bite.")

  func run() throws {
    try withRanks { communicator in
      guard communicator.rank == 0 else { return }
      let flags = Set(cpuFlags())
      print("host       \(Launch.hostName), \(ProcessInfo.processInfo.activeProcessorCount) cores")
      print("ranks      \(communicator.size)")
      print("MPI        \(Launch.libraryVersion)")
      print("SIMD       \(["avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"].filter(flags.contains).joined(separator: ", "))")
      print("BLAS       \(OpenBLAS.configuration), core \(OpenBLAS.core)")
      print("memory     \(ProcessInfo.processInfo.physicalMemory >> 30) GiB")
      if !flags.contains("avx2") || !flags.contains("fma") {
        print("! this processor lacks AVX2 or FMA, which the kernels are compiled for: build with VLM_DIST_MARCH=x86-64-v2")
      }
      if !flags.contains("avx512_bf16") && !flags.contains("amx_bf16") {
        print("! no bf16 instructions: precision fp32 is the one to use")
      }
      if communicator.size > ProcessInfo.processInfo.activeProcessorCount {
        print("! more ranks than cores: they take turns; start mpirun with --oversubscribe --mca mpi_yield_when_idle 1")
      }
    }
  }

  private func cpuFlags() -> [String] {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = info.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
    return line.split(separator: " ").map(String.init)
  }
}
