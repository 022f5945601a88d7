extension RGBImage {
  /// A part of the image. Both ranges lie within it.
  func cropped(columns: Range<Int>, rows: Range<Int>) -> RGBImage {
    if columns == 0..<width && rows == 0..<height { return self }
    var part: [UInt8] = []
    part.reserveCapacity(columns.count * rows.count * 3)
    for y in rows {
      part += pixels[3 * (y * width + columns.lowerBound)..<3 * (y * width + columns.upperBound)]
    }
    return RGBImage(width: columns.count, height: rows.count, pixels: part)
  }

  /// The image on a canvas of one colour, its top left pixel at (`left`, `top`). It lies within the canvas.
  func placed(onCanvas canvasWidth: Int, _ canvasHeight: Int, left: Int, top: Int, colour: [UInt8]) -> RGBImage {
    if canvasWidth == width && canvasHeight == height { return self }
    var canvas: [UInt8] = []
    canvas.reserveCapacity(canvasWidth * canvasHeight * 3)
    let emptyRow = Array(repeatElement(colour, count: canvasWidth).joined())
    for _ in 0..<top { canvas += emptyRow }
    for y in 0..<height {
      canvas += emptyRow[..<(3 * left)]
      canvas += pixels[3 * y * width..<3 * (y + 1) * width]
      canvas += emptyRow[(3 * (left + width))...]
    }
    for _ in (top + height)..<canvasHeight { canvas += emptyRow }
    return RGBImage(width: canvasWidth, height: canvasHeight, pixels: canvas)
  }
}
