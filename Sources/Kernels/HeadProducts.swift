import CTiles
import Profiling
import Tensors

// Letters: S supervised positions, D width, V vocabulary, R rows of the tile at hand.

/// The three products of a language-model head, for a tile of rows, in single precision or with bf16 operands.
struct HeadProducts {
  private let hidden: Tensor
  private let weight: Tensor
  private let rounded: (hidden: BFloat16Tensor, weight: BFloat16Tensor)?
  private let width: Int
  private let vocabulary: Int

  /// hidden [S, D], weight [V, D]; `rounded`: the weight in bf16, or nil for single precision.
  init(hidden: Tensor, weight: Tensor, rounded: BFloat16Tensor?) {
    self.hidden = hidden
    self.weight = weight
    self.rounded = rounded.map { (BFloat16Tensor(rounding: hidden), $0) }
    (vocabulary, width) = (weight.shape[0], weight.shape[1])
  }

  /// `z = hidden[rows] · weightᵀ`: [R, V].
  func logits(rows: Range<Int>, into z: UnsafeMutablePointer<Float>) {
    let span = Profile.operation("head forward", flops: 2 * rows.count * vocabulary * width)
    defer { span.end() }
    let at = rows.lowerBound * width
    if let rounded {
      matrixProduct(
        rounded.hidden.pointer + at, lda: width, rounded.weight.pointer, .transposed, ldb: width, into: z,
        ldc: vocabulary, m: rows.count, n: vocabulary, k: width, accumulates: false)
    } else if OneDNN.hasAVX512 {
      tiles(hidden.pointer + at, rows: rows.count, into: z)
    } else {
      matrixProduct(
        hidden.pointer + at, lda: width, weight.pointer, .transposed, ldb: width, into: z, ldc: vocabulary,
        m: rows.count, n: vocabulary, k: width)
    }
  }

  /// The same for processors with AVX-512. A library packs the whole weight, long as the vocabulary is, for these few
  /// rows; a panel of it transposed in the caches is used at once.
  private func tiles(_ hidden: UnsafePointer<Float>, rows: Int, into z: UnsafeMutablePointer<Float>) {
    let (panel, weight) = (tile_panel, weight.pointer)
    parallel((vocabulary + panel - 1) / panel) { range in
      let transposed = Storage(count: panel * width)
      for index in range {
        let (first, count) = (index * panel, min(panel, vocabulary - index * panel))
        tile_transpose(weight + first * width, width, count, width, transposed.base)
        tile_product(
          hidden, width, 1, transposed.base, panel, panel * width, z + first, vocabulary, rows, count, width, false)
      }
      withExtendedLifetime(transposed) {}
    }
  }

  /// `dHidden = dz · weight` [R, D] and `dWeight += dzᵀ · hidden[rows]` [V, D], where they are wanted; dz [R, V].
  func gradients(
    _ dz: UnsafePointer<Float>, rows: Range<Int>, dHidden: UnsafeMutablePointer<Float>?,
    dWeight: UnsafeMutablePointer<Float>?
  ) {
    let (at, count) = (rows.lowerBound * width, rows.count)
    guard dHidden != nil || dWeight != nil else { return }
    let products = dHidden != nil && dWeight != nil ? 2 : 1
    let span = Profile.operation("head backward", flops: products * 2 * count * vocabulary * width)
    defer { span.end() }
    if let rounded {
      let dz = BFloat16Tensor(rounding: dz, shape: [count, vocabulary])
      if let dHidden {
        matrixProduct(
          dz.pointer, lda: vocabulary, rounded.weight.pointer, ldb: width, into: dHidden, ldc: width, m: count,
          n: width, k: vocabulary, accumulates: false)
      }
      if let dWeight {
        matrixProduct(
          dz.pointer, .transposed, lda: vocabulary, rounded.hidden.pointer + at, ldb: width, into: dWeight, ldc: width,
          m: vocabulary, n: width, k: count, accumulates: true)
      }
    } else {
      if let dHidden {
        matrixProduct(
          dz, lda: vocabulary, weight.pointer, ldb: width, into: dHidden, ldc: width, m: count, n: width, k: vocabulary)
      }
      if let dWeight {
        matrixProduct(
          dz, .transposed, lda: vocabulary, hidden.pointer + at, ldb: width, into: dWeight, ldc: width,
          m: vocabulary, n: width, k: count, beta: 1)
      }
    }
  }
}
