import ArgumentParser
import Checkpoints
import Communication
import Datasets
import Foundation
import Layers
import Media
import Models
import Recipes
import Records
import Text
import Training

/// Runs a command's body with its ranks and turns errors into one line and an exit code.
func withRanks(_ body: (any Communicator) throws -> Void) throws {
  let communicator = try Launch.connect()
  do {
    try body(communicator)
  } catch let code as ExitCode {
    try? Launch.finalize()
    throw code
  } catch {
    // A rank whose fault is another's stays silent: one fault, one line.
    if (error as? TrainingError) != .otherRankFailed {
      let place = communicator.size > 1 ? "rank \(communicator.rank): " : ""
      complain(place + "\(error)")
    }
    let code = exitCode(of: error)
    guard communicator.size > 1 else { throw code }
    communicator.abort(code: code.rawValue)
    throw code
  }
  try Launch.finalize()
}

/// A line for the user on stderr.
func complain(_ text: String) { FileHandle.standardError.write(Data("vlm-dist: \(text)\n".utf8)) }

/// The exit codes of the design: 64 usage or recipe, 65 bad data, 66 missing input, 70 internal, 74 could not write.
func exitCode(of error: any Error) -> ExitCode {
  switch error {
  case is RecipeError: ExitCode(64)
  case DatasetError.missing: ExitCode(66)
  case DatasetError.unwritable: ExitCode(74)
  case is DatasetError, is MediaError, is TextError, is ParameterError, is ModelError: ExitCode(65)
  case TrainingError.nothingTrains, TrainingError.recipeChanged: ExitCode(64)
  case TrainingError.badSamples, TrainingError.nothingSupervised, TrainingError.checkpointMismatch: ExitCode(65)
  case is CheckpointError, is RecordsError: ExitCode(74)
  default: ExitCode(70)
  }
}
