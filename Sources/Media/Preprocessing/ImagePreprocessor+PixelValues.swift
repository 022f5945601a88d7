extension ImagePreprocessor {
  /// Loads an image and gives its pixel values [3, height, width].
  ///
  /// - Parameter alpha: what becomes of transparency; nil for what the processor says.
  /// - Throws: what `ImageDecoder.decode(path:)` throws; `tooManyPixels` too where padding an elongated image to a square
  ///   would pass the limit.
  public func load(
    path: String, alpha: AlphaTreatment? = nil, maximumPixels: Int = 100_000_000
  ) throws(MediaError) -> [Float] {
    let image = try ImageDecoder.decode(path: path, alpha: alpha ?? self.alpha, maximumPixels: maximumPixels)
    return try pixelValues(image, maximumPixels: maximumPixels, source: path)
  }

  /// As `load(path:)`.
  public func callAsFunction(path: String) throws(MediaError) -> [Float] { try load(path: path) }

  /// As `load(path:)`, from an image file's bytes, which errors call `source`.
  public func load(
    _ bytes: [UInt8], alpha: AlphaTreatment? = nil, maximumPixels: Int = 100_000_000, source: String = "image bytes"
  ) throws(MediaError) -> [Float] {
    let image = try ImageDecoder.decode(
      bytes, alpha: alpha ?? self.alpha, maximumPixels: maximumPixels, source: source)
    return try pixelValues(image, maximumPixels: maximumPixels, source: source)
  }

  /// The pixel values [3, height, width], the red plane first.
  ///
  /// With `padToSquare` this allocates a square of the longer side; `load` refuses images where that is too large.
  public func pixelValues(_ image: RGBImage) -> [Float] {
    let squared = padToSquare ? paddedToSquare(image) : image
    let cropped = resizedAndCropped(squared)
    let table = valueTable()
    let count = width * height
    return [Float](unsafeUninitializedCapacity: 3 * count) { out, filled in
      for channel in 0..<3 {
        for i in 0..<count {
          out[channel * count + i] = table[channel * 256 + Int(cropped.pixels[3 * i + channel])]
        }
      }
      filled = 3 * count
    }
  }

  private func pixelValues(_ image: RGBImage, maximumPixels: Int, source: String) throws(MediaError) -> [Float] {
    let side = max(image.width, image.height)
    guard !padToSquare || side <= maximumPixels / side else {
      throw .tooManyPixels(source: "\(source) (padded)", width: side, height: side, limit: maximumPixels)
    }
    return pixelValues(image)
  }

  /// `pad_to_square` of LlavaImageProcessor, `expand2square` of LLaVA.
  private func paddedToSquare(_ image: RGBImage) -> RGBImage {
    let side = max(image.width, image.height)
    let colour = mean.map { UInt8(min(max($0 * 255, 0), 255)) }
    return image.placed(
      onCanvas: side, side, left: (side - image.width) / 2, top: (side - image.height) / 2, colour: colour)
  }

  /// Only what the crop keeps is computed: an elongated image resized by its shorter side may be enormous.
  private func resizedAndCropped(_ image: RGBImage) -> RGBImage {
    let (newHeight, newWidth) = resizedExtent(image)
    let vertical = Self.centred(output.height, in: newHeight)
    let horizontal = Self.centred(output.width, in: newWidth)
    let kept = resize(
      image, width: newWidth, height: newHeight, resampling: resample, columns: horizontal.kept, rows: vertical.kept)
    return kept.placed(
      onCanvas: output.width, output.height, left: horizontal.margin, top: vertical.margin, colour: [0, 0, 0])
  }

  /// `get_resize_output_image_size` in transformers: the longer side is the integer part of a division in Double.
  private func resizedExtent(_ image: RGBImage) -> (height: Int, width: Int) {
    switch size {
    case nil: return (image.height, image.width)
    case .exact(let height, let width): return (height, width)
    case .shortestEdge(let edge):
      let (short, long) = (min(image.width, image.height), max(image.width, image.height))
      let newLong = Int(Double(edge * long) / Double(short))
      return image.width <= image.height ? (newLong, edge) : (edge, newLong)
    }
  }

  /// Along one side: the part of `extent` pixels that a centred crop of `crop` pixels keeps, and where it lies in the
  /// crop. An odd pixel goes where `center_crop` in transformers puts it: cut off behind, or added in front.
  private static func centred(_ crop: Int, in extent: Int) -> (kept: Range<Int>, margin: Int) {
    if crop > extent { return (0..<extent, (crop - extent + 1) / 2) }
    let start = (extent - crop) / 2
    return (start..<start + crop, 0)
  }

  /// The value of each byte in each channel [3, 256]: rescaled in Double and rounded to Float, then normalized in Float.
  private func valueTable() -> [Float] {
    (0..<3).flatMap { channel in
      (0..<256).map { byte in
        let rescaled = rescaleFactor.map { Float(Double(byte) * $0) } ?? Float(byte)
        return isNormalizing ? (rescaled - Float(mean[channel])) / Float(std[channel]) : rescaled
      }
    }
  }
}
