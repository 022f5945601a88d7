extension ImagePreprocessor {
  /// Reads preprocessor_config.json. Missing keys and nulls have the defaults of the class that `image_processor_type`
  /// names; keys that do not concern the pixels are passed over, as Hugging Face does.
  ///
  /// - Parameter path: what errors call the file.
  /// - Throws: `notJSON`, and `configuration` with the key for an unknown class or a value that cannot be meant.
  public init(json: [UInt8], path: String) throws(MediaError) {
    try self.init(PreprocessorFile(json, path: path))
  }

  /// Reads processor_config.json, where transformers 5 writes the same settings under `image_processor`; nil if they are
  /// not there.
  ///
  /// - Throws: as `init(json:path:)`.
  public init?(processorJSON json: [UInt8], path: String) throws(MediaError) {
    guard let file = try PreprocessorFile(json, path: path).nested("image_processor") else { return nil }
    try self.init(file)
  }

  private init(_ file: PreprocessorFile) throws(MediaError) {
    let kind = try file.kind()
    let isSigLIP = kind == .siglip
    let isCropping = try file.flag("do_center_crop", default: !isSigLIP)
    let isPadding = try file.flag("do_pad", default: false)
    if isPadding && kind != .llava {
      throw file.wrong("do_pad", expected: "false for \(kind.rawValue)")
    }
    // Written even where it says nothing new: every image is made RGB here.
    _ = try file.flag("do_convert_rgb", default: true)
    let size =
      try file.flag("do_resize", default: true)
      ? try file.size("size", default: isSigLIP ? .exact(height: 224, width: 224) : .shortestEdge(224)) : nil
    let preprocessor = ImagePreprocessor(
      kind: kind, padToSquare: isPadding, size: size,
      resample: try file.resample(),
      cropSize: isCropping ? try file.extent("crop_size", default: Extent(height: 224, width: 224)) : nil,
      rescaleFactor: try file.flag("do_rescale", default: true)
        ? try file.number("rescale_factor", default: 1.0 / 255) : nil,
      isNormalizing: try file.flag("do_normalize", default: true),
      mean: try file.channels("image_mean", default: isSigLIP ? [0.5, 0.5, 0.5] : Self.clipMean),
      std: try file.channels("image_std", default: isSigLIP ? [0.5, 0.5, 0.5] : Self.clipStd, canBeZero: false),
      alpha: try file.alphaBackground())
    guard let preprocessor else {
      throw file.wrong("size", expected: "a height and a width, or a centre crop used, so that images get one size")
    }
    self = preprocessor
  }

  /// preprocessor_config.json as transformers writes it, and `alpha_background` where alpha is flattened.
  public var json: [UInt8] {
    var members: [String: JSONValue] = [
      "image_processor_type": .string(kind.rawValue),
      "do_convert_rgb": .bool(true),
      "do_normalize": .bool(isNormalizing),
      "do_rescale": .bool(rescaleFactor != nil),
      "do_resize": .bool(size != nil),
      "image_mean": .array(mean.map(JSONValue.number)),
      "image_std": .array(std.map(JSONValue.number)),
      "resample": .number(Double(resample.rawValue)),
    ]
    members["rescale_factor"] = rescaleFactor.map(JSONValue.number)
    switch size {
    case .shortestEdge(let edge): members["size"] = .object(["shortest_edge": .number(Double(edge))])
    case .exact(let height, let width): members["size"] = Self.json(Extent(height: height, width: width))
    case nil: break
    }
    // SigLIP's class does not know of cropping unless it is told, and only LLaVA's of padding.
    if kind != .siglip || cropSize != nil { members["do_center_crop"] = .bool(cropSize != nil) }
    members["crop_size"] = cropSize.map(Self.json)
    if kind == .llava { members["do_pad"] = .bool(padToSquare) }
    if case .flatten(let red, let green, let blue) = alpha {
      members["alpha_background"] = .array([red, green, blue].map { .number(Double($0)) })
    }
    return Array((JSONValue.object(members).text() + "\n").utf8)
  }

  /// `OPENAI_CLIP_MEAN` in transformers.
  private static let clipMean = [0.48145466, 0.4578275, 0.40821073]
  /// `OPENAI_CLIP_STD` in transformers.
  private static let clipStd = [0.26862954, 0.26130258, 0.27577711]

  private static func json(_ extent: Extent) -> JSONValue {
    .object(["height": .number(Double(extent.height)), "width": .number(Double(extent.width))])
  }
}
