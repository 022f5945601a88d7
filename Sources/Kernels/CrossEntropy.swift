import Glibc
import Profiling
import Tensors

// Letters: S supervised positions, D width, V vocabulary.

/// What a fused language-model head gives back.
public struct HeadLoss {
  /// Negative log-likelihood of each position, natural logarithm.
  public let losses: [Float]
  /// Whether the label has the largest logit: what greedy decoding would have chosen.
  public let correct: [Bool]
  /// `d(Σ losses) / d hidden`, [S, D]; nil if it was not asked for.
  public let dHidden: Tensor?
}

/// Floats of logits alive at a time: 12 MB, whatever the vocabulary and the number of positions. Each tile of rows reads
/// the whole weight twice and writes its whole gradient; more memory than this would show in the peak of a step.
private let logitsBudget = 3 << 20

/// Logits and cross-entropy of the supervised positions alone, without the [S, V] matrix in memory.
///
/// hidden [S, D], weight [V, D], labels [S] in `0 ..< V`. `rounded`: the weight in bf16, where the products are to be.
/// Where gradients are wanted they are computed here and now, from the same tile of logits: `dHidden` is returned and
/// `dWeight += dLogitsᵀ · hidden` is added. That is right only because the loss is where the backward walk begins, with
/// gradient 1 for each position's loss.
public func headCrossEntropy(
  _ hidden: Tensor, weight: Tensor, rounded: BFloat16Tensor? = nil, labels: [Int32], wantsInputGradient: Bool,
  dWeight: UnsafeMutablePointer<Float>?
) -> HeadLoss {
  let span = Profile.operation("cross_entropy head")
  defer { span.end() }
  let (vocabulary, width, count) = (weight.shape[0], weight.shape[1], labels.count)
  precondition(hidden.count == count * width, "headCrossEntropy: hidden \(hidden.shape), \(count) labels")
  precondition(labels.allSatisfy { $0 >= 0 && $0 < vocabulary }, "headCrossEntropy: label outside 0 ..< \(vocabulary)")
  let losses = Tensor(uninitialized: [count])
  // One for a hit, zero for a miss; floats so that threads write disjoint words.
  let hits = Tensor(uninitialized: [count])
  let dHidden = wantsInputGradient ? Tensor(uninitialized: [count, width]) : nil
  // Tiles of nearly equal length.
  let tiles = max(1, (count * vocabulary + logitsBudget - 1) / logitsBudget)
  let tile = max(1, (count + tiles - 1) / tiles)
  let logits = Storage(count: tile * vocabulary)
  let z = logits.base
  let products = HeadProducts(hidden: hidden, weight: weight, rounded: rounded)
  let (loss, hit) = (losses.sharedPointer, hits.sharedPointer)
  var start = 0
  while start < count {
    let rows = min(tile, count - start)
    products.logits(rows: start..<start + rows, into: z)
    let first = start
    parallel(rows) { range in
      for row in range {
        let at = first + row
        let row = z + row * vocabulary
        hit[at] = row[Int(labels[at])] >= rowMaximum(row, vocabulary) ? 1 : 0
        loss[at] = softmaxMinusOneHot(row, vocabulary, label: Int(labels[at]))
      }
    }
    products.gradients(
      z, rows: start..<start + rows, dHidden: dHidden.map { $0.sharedPointer + start * width }, dWeight: dWeight)
    start += rows
  }
  withExtendedLifetime(logits) {}
  return HeadLoss(losses: losses.array, correct: hits.array.map { $0 == 1 }, dHidden: dHidden)
}

/// Turns a row of logits into `softmax − onehot(label)` and returns the loss.
@inline(__always)
private func softmaxMinusOneHot(_ z: UnsafeMutablePointer<Float>, _ count: Int, label: Int) -> Float {
  let top = rowMaximum(z, count)
  let target = z[label]
  for j in 0..<count { z[j] = exponential(z[j] - top) }
  let sum = rowSum(z, count)
  let inverse = 1 / sum
  for j in 0..<count { z[j] *= inverse }
  z[label] -= 1
  return logf(sum) + top - target
}
