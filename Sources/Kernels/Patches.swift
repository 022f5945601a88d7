import Profiling
import Tensors

// Letters: B images, C channels, p patch side, P = (H/p)·(W/p) patches.

/// Cuts images into patches: [B, C, H, W] -> [B·P, C·p·p], patches row-major, each flattened as channel, row, column.
/// A convolution with stride p is then one matrix product with its weight seen as [O, C·p·p].
public func patches(_ pixels: Tensor, patch: Int) -> Tensor {
  let span = Profile.operation("patches")
  defer { span.end() }
  precondition(pixels.shape.count == 4, "patches: \(pixels.shape)")
  let (images, channels, height, width) = (pixels.shape[0], pixels.shape[1], pixels.shape[2], pixels.shape[3])
  // What is left over at the right and the bottom is not seen, as in a convolution without padding.
  let (rows, columns) = (height / patch, width / patch)
  let depth = channels * patch * patch
  let y = Tensor(uninitialized: [images * rows * columns, depth])
  let (from, to) = (pixels.pointer, y.sharedPointer)
  parallel(images * rows, grain: 8) { range in
    for item in range {
      let (image, row) = (item / rows, item % rows)
      for column in 0..<columns {
        let target = to + (item * columns + column) * depth
        for channel in 0..<channels {
          for line in 0..<patch {
            let source = from + ((image * channels + channel) * height + row * patch + line) * width + column * patch
            (target + (channel * patch + line) * patch).update(from: source, count: patch)
          }
        }
      }
    }
  }
  return y
}

/// Where each channel block of a pixel-shuffled token comes from (InternVL "v2" order).
///
/// x [B, G, G, D] -> [B, G/s, G/s, s·s·D]: `out[r][c][(dr·s + dc)·D + ch] = x[s·r + dr][s·c + dc][ch]`. Moving whole
/// rows of D floats, it is `takeRows` with these indices, and so is its gradient.
public func pixelShuffleRows(images: Int, side: Int, factor: Int) -> [Int32] {
  precondition(factor > 0 && side % factor == 0, "pixelShuffle: side \(side), factor \(factor)")
  var rows: [Int32] = []
  rows.reserveCapacity(images * side * side)
  for image in 0..<images {
    for r in 0..<side / factor {
      for c in 0..<side / factor {
        for dr in 0..<factor {
          for dc in 0..<factor {
            rows.append(Int32((image * side + factor * r + dr) * side + factor * c + dc))
          }
        }
      }
    }
  }
  return rows
}
