import ArgumentParser
import Checkpoints
import Datasets
import Foundation
import Layers
import Media
import Models
import Recipes
import Records
import Text
import Training

/// The exit codes of the design: 64 usage or recipe, 65 bad data, 66 missing input, 70 internal, 74 could not write,
/// or not read for a reason that is not the file's.
func exitCode(of error: any Error) -> ExitCode {
  switch error {
  case is ValidationError: ExitCode(64)
  case RecipeError.unreadable(let path, _): ExitCode(FileManager.default.fileExists(atPath: path) ? 64 : 66)
  case is RecipeError: ExitCode(64)
  case let error as CheckpointError: exitCode(of: error)
  case let error as TrainingError: exitCode(of: error)
  case _ where isSystemFault(error): ExitCode(74)
  case DatasetError.missing, DatasetError.cannotRead, DatasetError.shortened, MediaError.missing, MediaError.unreadable,
    TextError.unreadable,
    ModelError.missing, RecordsError.cannotRead:
    ExitCode(66)
  case DatasetError.unwritable: ExitCode(74)
  case RecordsError.malformedLine, RecordsError.lineTooLong: ExitCode(65)
  case is DatasetError, is MediaError, is TextError, is ParameterError, is ModelError, is BatchError,
    is BenchBatchError:
    ExitCode(65)
  case is RecordsError, is OutputError: ExitCode(74)
  default: ExitCode(70)
  }
}

private func exitCode(of error: CheckpointError) -> ExitCode {
  switch error {
  case .system where error.isPassing: ExitCode(74)
  case .system(let action, _, _): ExitCode(["open", "read"].contains(action) ? 66 : 74)
  case .noModel: ExitCode(66)
  case .inconsistent, .unusableName: ExitCode(70)
  case .compression, .occupied: ExitCode(74)
  default: ExitCode(65)
  }
}

private func exitCode(of error: TrainingError) -> ExitCode {
  switch error {
  case .nothingTrains, .recipeChanged, .memory, .modelMemory: ExitCode(64)
  case .badSamples, .nothingUsable, .nothingSupervised, .checkpointMismatch: ExitCode(65)
  case .noCheckpoint, .checkpointsGone, .missingData, .missingFolder: ExitCode(66)
  case .runInUse: ExitCode(74)
  case .notFinite, .otherRankFailed: ExitCode(70)
  }
}
