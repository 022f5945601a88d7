import Kernels
import Recipes
import Tensors

/// What decides the last bits of a rank's figures beside the recipe, the data and the parameters. The same on all ranks,
/// the figures of a run do not depend on which rank computes what.
struct Arithmetic: Codable, Hashable, Sendable {
  /// Instruction sets of the program's own kernels.
  var kernels: String
  var openBLAS: String
  var oneDNN: String
  var cLibrary: String
  /// What the recipe's precision comes to on the rank's processor.
  var precision: String
  /// Of each rank. The kernels give the same bits on any number of them; if one ever does not, this tells.
  var threads: Int

  /// That of this process.
  static func here(_ recipe: Recipe) -> Arithmetic {
    Arithmetic(
      kernels: KernelCode.instructionSet, openBLAS: "\(OpenBLAS.version), core \(OpenBLAS.core)",
      oneDNN: "\(OneDNN.version), \(OneDNN.instructionSet)", cLibrary: KernelCode.cLibrary,
      precision: recipe.productPrecision.rawValue, threads: Threads.count)
  }

  static let threadsName = "threads"

  /// Each with its name in sentences and in the journal.
  var facts: [(name: String, value: String)] {
    [
      ("kernels", kernels), ("OpenBLAS", openBLAS), ("oneDNN", oneDNN), ("C library", cLibrary),
      ("products", precision), (Self.threadsName, "\(threads)"),
    ]
  }
}
