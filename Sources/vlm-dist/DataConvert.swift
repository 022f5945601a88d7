import ArgumentParser
import Datasets
import Foundation

extension DataCommand {
  /// `vlm-dist data convert`: other layouts as LLaVA conversations.
  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Convert a data set to LLaVA conversations.",
      discussion: """
        openclipart: the folder that launch/clipart makes (png/ and svg/). Writes captions.json and heldout.json; pictures \
        are named relative to FROM/png.
        """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case openclipart }

    @Argument(help: "The folder to read.")
    var from: String

    @Argument(help: "The folder to write.")
    var output: String

    @Option(help: "Layout of what is read.")
    var format = Format.openclipart

    @Option(help: "Share of the captions to hold out, 0 to 1.")
    var heldOut = 0.1

    @Option(help: "Seed of the choice.")
    var seed: UInt64 = 7

    func validate() throws {
      guard (0...1).contains(heldOut) else {
        throw ValidationError("--held-out is a share from 0 to 1, not \(heldOut)")
      }
    }

    func run() throws {
      try withRanks { communicator in
        guard communicator.rank == 0 else { return }
        let summary = try OpenClipArt.convert(library: from, output: output, heldOutShare: heldOut, seed: seed)
        try tell(
          "\(output): \(summary.training) captions, \(summary.heldOut) held out, "
            + "\(summary.withoutMetadata) without metadata of their own")
      }
    }
  }
}
