/// From an image to the numbers a vision tower takes: what Hugging Face's preprocessor_config.json says, with the
/// arithmetic of transformers' Pillow image processors (`CLIPImageProcessorPil`, `SiglipImageProcessorPil`,
/// `LlavaImageProcessorPil`).
///
/// The steps, each of them optional: pad to a square, resize, crop from the centre, rescale, normalize. The output size
/// is the same for all images; a configuration where it is not is refused.
public struct ImagePreprocessor: Sendable, Equatable {
  /// The class that `image_processor_type` names; it decides the defaults of missing keys.
  public enum Kind: String, Sendable, Equatable, CaseIterable {
    case clip = "CLIPImageProcessor"
    case siglip = "SiglipImageProcessor"
    case llava = "LlavaImageProcessor"
  }

  /// What the image is resized to, in pixels.
  public enum Size: Sendable, Equatable {
    /// The shorter side becomes this, the longer one follows, rounded down.
    case shortestEdge(Int)
    case exact(height: Int, width: Int)
  }

  /// In pixels.
  public struct Extent: Sendable, Equatable {
    public let height: Int
    public let width: Int
  }

  /// `image_processor_type`.
  public let kind: Kind
  /// `do_pad` of LlavaImageProcessor, LLaVA's `image_aspect_ratio: pad`: first of all the image is put in the centre of
  /// a square of the colour `int(255 * mean)`.
  public let padToSquare: Bool
  /// `size`; nil where `do_resize` is false.
  public let size: Size?
  /// `resample`, Pillow's number.
  public let resample: ResamplingFilter
  /// `crop_size`, with black where the image is smaller; nil where `do_center_crop` is false.
  public let cropSize: Extent?
  /// `rescale_factor`; nil where `do_rescale` is false.
  public let rescaleFactor: Double?
  /// `do_normalize`.
  public let isNormalizing: Bool
  /// `image_mean`, red first, of rescaled values.
  public let mean: [Double]
  /// `image_std`, red first, of rescaled values.
  public let std: [Double]
  /// `alpha_background`, a key of our own; `.drop` where it is missing. Transformers drops the alpha channel of an image
  /// given by its path; one given as a Pillow image it flattens on white, which is [255, 255, 255] here. An image
  /// without an alpha channel but with one transparent colour (PNG's tRNS) transformers 5.24 flattens on white in both
  /// cases, as Pillow's `convert("RGB")` keeps that colour in mind; transformers 4 and LLaVA's own code do not.
  public var alpha: AlphaTreatment
  /// The output's size, in pixels.
  let output: Extent

  /// Rows of the output.
  public var height: Int { output.height }
  /// Columns of the output.
  public var width: Int { output.width }

  /// Nil where the output's size would depend on the image's.
  init?(
    kind: Kind, padToSquare: Bool, size: Size?, resample: ResamplingFilter, cropSize: Extent?, rescaleFactor: Double?,
    isNormalizing: Bool, mean: [Double], std: [Double], alpha: AlphaTreatment
  ) {
    switch (cropSize, size) {
    case (let crop?, _): output = crop
    case (nil, .exact(let height, let width)): output = Extent(height: height, width: width)
    case (nil, .shortestEdge(let edge)):
      guard padToSquare else { return nil }
      output = Extent(height: edge, width: edge)
    case (nil, nil): return nil
    }
    self.kind = kind
    self.padToSquare = padToSquare
    self.size = size
    self.resample = resample
    self.cropSize = cropSize
    self.rescaleFactor = rescaleFactor
    self.isNormalizing = isNormalizing
    self.mean = mean
    self.std = std
    self.alpha = alpha
  }

  /// A new one: resizes to `size` x `size`, rescales to 0...1, normalizes. Written as SiglipImageProcessor, with
  /// `padToSquare` as LlavaImageProcessor.
  ///
  /// - Precondition: three values each in `mean` and `std`, no `std` of zero, `size` within `sideLimits`.
  public init(
    size: Int, mean: [Float], std: [Float], resample: ResamplingFilter = .bicubic, padToSquare: Bool = false,
    alpha: AlphaTreatment = .drop
  ) {
    precondition(Self.sideLimits.contains(size), "ImagePreprocessor: size \(size)")
    precondition(mean.count == 3 && std.count == 3, "ImagePreprocessor: \(mean.count) means, \(std.count) deviations")
    precondition(!std.contains(0), "ImagePreprocessor: a standard deviation of zero")
    kind = padToSquare ? .llava : .siglip
    self.padToSquare = padToSquare
    self.size = .exact(height: size, width: size)
    self.resample = resample
    cropSize = nil
    rescaleFactor = 1.0 / 255
    isNormalizing = true
    self.mean = mean.map(Self.asWritten)
    self.std = std.map(Self.asWritten)
    self.alpha = alpha
    output = Extent(height: size, width: size)
  }

  /// Sides of the output that are taken: beyond, a typing error is likelier than a vision tower.
  public static let sideLimits = 1...8192

  /// The number that a person would write for a Float: 0.2, not 0.20000000298, so that it reads back the same from JSON.
  private static func asWritten(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
}
