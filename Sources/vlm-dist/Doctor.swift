import ArgumentParser
import Communication
import Foundation
import Kernels
import Tensors

/// `vlm-dist doctor`: what is there and what will bite.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show MPI, cores, instruction sets, matrix libraries, memory and file system, and say what will bite.",
    discussion: "Lines that begin with ! name something to change. Start it under mpirun as the run will be started.")

  @Option(name: .customLong("run"), help: "Where the run directory is to be.")
  var directory = "."

  func run() throws {
    try withRanks { communicator in
      guard communicator.rank == 0 else { return }
      let machine = Machine(directory: directory)
      let simd = ["avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"].filter(machine.flags.contains)
      print("host       \(Launch.hostName), \(machine.processor)")
      print("cores      \(machine.cores)")
      print("ranks      \(communicator.size), \(Threads.count) thread each")
      print("MPI        \(Launch.libraryVersion)")
      print("SIMD       \(simd.joined(separator: ", "))")
      print("BLAS       \(OpenBLAS.configuration), core \(OpenBLAS.core)")
      print("bf16       \(OneDNN.hasBFloat16 ? "yes" : "no"), oneDNN \(OneDNN.version)")
      print("memory     \(machine.memory >> 20) MB, shared \(machine.sharedMemory >> 20) MB")
      print("files      \(directory): \(machine.fileSystem), \(machine.freeDisk >> 20) MB free")
      for sentence in warnings(machine, ranks: communicator.size) { print("! \(sentence)") }
    }
  }

  private func warnings(_ machine: Machine, ranks: Int) -> [String] {
    var found: [String] = []
    if !machine.flags.isSuperset(of: ["avx2", "fma"]) {
      found.append(
        "this processor lacks AVX2 or FMA, which the kernels are compiled for; build with VLM_DIST_MARCH=x86-64-v2")
    }
    if !OneDNN.hasBFloat16 { found.append("no bf16 instructions: precision: bf16 is computed in fp32") }
    if ranks > machine.cores {
      found.append("\(ranks) ranks on \(machine.cores) cores take turns; use as many ranks as cores for speed")
    }
    // Open MPI keeps a few megabytes for each pair of ranks there, and stops with a bus error when it is full.
    if machine.sharedMemory < ranks * 64 << 20 {
      found.append("/dev/shm is too small for \(ranks) ranks; enlarge it to \(ranks * 64) MB (docker run --shm-size)")
    }
    if machine.isNetworkFileSystem {
      found.append("\(directory) is on a network file system: a checkpoint waits for it; a local disk is faster")
    }
    if machine.freeDisk < 2 << 30 {
      found.append("\(directory) has less than 2 GB free: a checkpoint of a large model will not fit; free space")
    }
    if let core = machine.forcedCore {
      found.append("OPENBLAS_CORETYPE=\(core) forces OpenBLAS's kernel; unset it unless that is meant")
    }
    return found
  }
}
