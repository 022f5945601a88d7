import Checkpoints
import Tensors

/// Memory that a rank's part of the state is copied into, so that training goes on while the copy is written.
///
/// It is obtained and touched once and then used for every checkpoint: copying into new pages is three to four times
/// slower than copying into old ones.
final class SnapshotBuffer {
  private var storage = Storage(count: 0)

  /// Makes room for so many floats, and touches it.
  func reserve(_ floats: Int) {
    guard storage.count < floats else { return }
    // The old memory goes first: both together would be more than the plan says.
    storage = Storage(count: 0)
    storage = Storage(count: floats)
    unsafe storage.base.update(repeating: 0, count: floats)
  }

  /// Copies the pieces, and returns them as they lie here.
  func copy(_ pieces: [CheckpointPiece]) -> [CheckpointPiece] {
    reserve(pieces.reduce(0) { $0 + $1.count })
    var offset = 0
    return pieces.map { piece in
      let target = unsafe storage.base + offset
      unsafe target.update(from: piece.pointer, count: piece.count)
      offset += piece.count
      return unsafe CheckpointPiece(tensor: piece.tensor, first: piece.first, count: piece.count, pointer: target)
    }
  }
}
