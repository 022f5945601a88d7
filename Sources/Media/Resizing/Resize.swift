/// Resizes as `Image.resize` of Pillow 13 does on RGB images, to the bit: an antialiased convolution with fixed-point
/// weights, one pass along each side that changes, rounded to bytes in between. `nearest` picks pixels.
///
/// The order of the passes shows in the last bits. Pillow 13 begins with the columns where the height loses more than
/// twice the pixels that the width loses; before 13 it always began with the rows.
///
/// - Precondition: `width` and `height` are 1 or more.
public func resize(_ image: RGBImage, width: Int, height: Int, resampling: ResamplingFilter) -> RGBImage {
  resize(image, width: width, height: height, resampling: resampling, columns: 0..<width, rows: 0..<height)
}

/// The `columns` and `rows` of the resized image alone: what a crop drops is never computed, and never allocated.
func resize(
  _ image: RGBImage, width: Int, height: Int, resampling: ResamplingFilter, columns: Range<Int>, rows: Range<Int>
) -> RGBImage {
  precondition(width > 0 && height > 0, "resize: to \(width)x\(height)")
  if resampling == .nearest {
    return nearest(image, width: width, height: height, columns: columns, rows: rows)
  }
  // A side that stays as it is has no taps and no pass.
  let across =
    image.width == width
    ? nil : ResamplingTaps(input: image.width, output: width, window: columns, filter: resampling)
  let down =
    image.height == height
    ? nil : ResamplingTaps(input: image.height, output: height, window: rows, filter: resampling)
  let used = image.cropped(columns: across?.inputRange ?? columns, rows: down?.inputRange ?? rows)
  let lost = (width: image.width - width, height: image.height - height)
  if lost.height > 0 && lost.height > 2 * lost.width {
    return resampleRows(resampleColumns(used, taps: down), taps: across)
  }
  return resampleColumns(resampleRows(used, taps: across), taps: down)
}

/// The horizontal pass. The image's first column is the first that the taps use.
private func resampleRows(_ image: RGBImage, taps: ResamplingTaps?) -> RGBImage {
  guard let taps else { return image }
  let width = taps.starts.count
  let starts = taps.starts.map { $0 - taps.inputRange.lowerBound }
  let pixels = [UInt8](unsafeUninitializedCapacity: image.height * width * 3) { out, filled in
    image.pixels.withUnsafeBufferPointer { source in
      taps.weights.withUnsafeBufferPointer { weights in
        for y in 0..<image.height {
          for x in 0..<width {
            var (red, green, blue) = (ResamplingTaps.half, ResamplingTaps.half, ResamplingTaps.half)
            var position = 3 &* (y &* image.width &+ starts[x])
            let offset = taps.offsets[x]
            for tap in offset..<offset &+ taps.counts[x] {
              let weight = weights[tap]
              red &+= weight &* Int32(source[position])
              green &+= weight &* Int32(source[position &+ 1])
              blue &+= weight &* Int32(source[position &+ 2])
              position &+= 3
            }
            out[filled] = ResamplingTaps.pixel(red)
            out[filled &+ 1] = ResamplingTaps.pixel(green)
            out[filled &+ 2] = ResamplingTaps.pixel(blue)
            filled &+= 3
          }
        }
      }
    }
  }
  return RGBImage(width: width, height: image.height, pixels: pixels)
}

/// The vertical pass, a whole row of sums at a time. The image's first row is the first that the taps use.
private func resampleColumns(_ image: RGBImage, taps: ResamplingTaps?) -> RGBImage {
  guard let taps else { return image }
  let stride = image.width * 3
  let height = taps.starts.count
  let firstRow = taps.inputRange.lowerBound
  var sums = [Int32](repeating: 0, count: stride)
  let pixels = [UInt8](unsafeUninitializedCapacity: height * stride) { out, filled in
    image.pixels.withUnsafeBufferPointer { source in
      sums.withUnsafeMutableBufferPointer { sums in
        for y in 0..<height {
          sums.update(repeating: ResamplingTaps.half)
          for tap in 0..<taps.counts[y] {
            let weight = taps.weights[taps.offsets[y] + tap]
            let row = UnsafeBufferPointer(rebasing: source[((taps.starts[y] + tap - firstRow) * stride)...])
            for i in 0..<stride { sums[i] &+= weight &* Int32(row[i]) }
          }
          for i in 0..<stride { out[filled + i] = ResamplingTaps.pixel(sums[i]) }
          filled += stride
        }
      }
    }
  }
  return RGBImage(width: image.width, height: height, pixels: pixels)
}

private func nearest(
  _ image: RGBImage, width: Int, height: Int, columns: Range<Int>, rows: Range<Int>
) -> RGBImage {
  let sourceColumns = nearestPixels(input: image.width, output: width, window: columns)
  let sourceRows = nearestPixels(input: image.height, output: height, window: rows)
  var pixels: [UInt8] = []
  pixels.reserveCapacity(columns.count * rows.count * 3)
  for y in sourceRows {
    for x in sourceColumns {
      let position = 3 * (y * image.width + x)
      pixels.append(contentsOf: image.pixels[position..<position + 3])
    }
  }
  return RGBImage(width: columns.count, height: rows.count, pixels: pixels)
}

/// The input pixel under each output pixel's centre. Pillow adds up the step instead of multiplying, and where the sum
/// falls a bit short of a whole number the pixel before is taken; so here too.
private func nearestPixels(input: Int, output: Int, window: Range<Int>) -> [Int] {
  let step = Double(input) / Double(output)
  var position = step * 0.5
  var pixels: [Int] = []
  for pixel in 0..<window.upperBound {
    if pixel >= window.lowerBound { pixels.append(min(Int(position), input - 1)) }
    position += step
  }
  return pixels
}
