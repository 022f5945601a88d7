/// The keys of a preprocessor_config.json, read one by one; what is wrong is thrown with its key.
struct PreprocessorFile {
  let path: String
  private let members: [String: JSONValue]

  init(_ bytes: [UInt8], path: String) throws(MediaError) {
    guard case .object(let members) = JSONValue(bytes) else { throw .notJSON(path: path) }
    self.init(members, path: path)
  }

  private init(_ members: [String: JSONValue], path: String) {
    self.path = path
    // A null means the default.
    self.members = members.filter { $0.value != .null }
  }

  /// The keys under `key`, nil if there are none.
  func nested(_ key: String) throws(MediaError) -> PreprocessorFile? {
    guard let value = members[key] else { return nil }
    guard case .object(let inner) = value else { throw wrong(key, expected: "an object") }
    return PreprocessorFile(inner, path: path)
  }

  func wrong(_ key: String, expected: String) -> MediaError {
    let found = members[key]?.text(indent: nil) ?? "nothing"
    let shown = found.count > 80 ? found.prefix(77) + "..." : found[...]
    return .configuration(path: path, key: key, expected: expected, found: String(shown))
  }

  /// From `image_processor_type`, or `feature_extractor_type` in files from before 2023.
  func kind() throws(MediaError) -> ImagePreprocessor.Kind {
    let key = members["image_processor_type"] == nil ? "feature_extractor_type" : "image_processor_type"
    guard case .string(var name) = members[key] else {
      throw wrong("image_processor_type", expected: Self.kindNames)
    }
    // The same processor on another backend, or under its old name.
    for suffix in ["Fast", "Pil"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
    if name.hasSuffix("FeatureExtractor") { name = name.dropLast("FeatureExtractor".count) + "ImageProcessor" }
    guard let kind = ImagePreprocessor.Kind(rawValue: name) else { throw wrong(key, expected: Self.kindNames) }
    return kind
  }

  private static let kindNames = ImagePreprocessor.Kind.allCases.map(\.rawValue).joined(separator: " or ")

  func flag(_ key: String, default defaultValue: Bool) throws(MediaError) -> Bool {
    guard let value = members[key] else { return defaultValue }
    guard case .bool(let flag) = value else { throw wrong(key, expected: "true or false") }
    return flag
  }

  func number(_ key: String, default defaultValue: Double) throws(MediaError) -> Double {
    guard let value = members[key] else { return defaultValue }
    guard case .number(let number) = value, number.isFinite else { throw wrong(key, expected: "a number") }
    return number
  }

  func resample() throws(MediaError) -> ResamplingFilter {
    guard let value = members["resample"] else { return .bicubic }
    guard let filter = value.integer.flatMap(ResamplingFilter.init(rawValue:)) else {
      throw wrong("resample", expected: "0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box or 5 hamming")
    }
    return filter
  }

  /// One number for all channels, or three.
  func channels(
    _ key: String, default defaultValue: [Double], canBeZero: Bool = true
  ) throws(MediaError) -> [Double] {
    let numbers: [Double?]
    switch members[key] {
    case nil: return defaultValue
    case .number(let number): numbers = [number, number, number]
    case .array(let values): numbers = values.map { if case .number(let number) = $0 { number } else { nil } }
    default: numbers = []
    }
    // Also what Float cannot hold, or rounds to zero.
    let found = numbers.compactMap { $0 }.filter { Float($0).isFinite && (canBeZero || Float($0) != 0) }
    guard found.count == 3, numbers.count == 3 else {
      throw wrong(key, expected: canBeZero ? "three numbers" : "three numbers other than zero")
    }
    return found
  }

  /// A number is the shortest edge: all three classes have `default_to_square = False`.
  func size(_ key: String, default defaultValue: ImagePreprocessor.Size) throws(MediaError) -> ImagePreprocessor.Size {
    guard let value = members[key] else { return defaultValue }
    if let edge = side(value) { return .shortestEdge(edge) }
    if case .object(let object) = value, object.count == 1, let edge = side(object["shortest_edge"]) {
      return .shortestEdge(edge)
    }
    if let extent = heightAndWidth(value) { return .exact(height: extent.height, width: extent.width) }
    throw wrong(key, expected: "a number, {\"shortest_edge\": n} or {\"height\": n, \"width\": n} in \(Self.limits)")
  }

  /// A number is a square.
  func extent(
    _ key: String, default defaultValue: ImagePreprocessor.Extent
  ) throws(MediaError) -> ImagePreprocessor.Extent {
    guard let value = members[key] else { return defaultValue }
    if let edge = side(value) { return ImagePreprocessor.Extent(height: edge, width: edge) }
    if let extent = heightAndWidth(value) { return extent }
    throw wrong(key, expected: "a number or {\"height\": n, \"width\": n} in \(Self.limits)")
  }

  func alphaBackground() throws(MediaError) -> AlphaTreatment {
    guard let value = members["alpha_background"] else { return .drop }
    guard case .array(let values) = value, values.count == 3 else { throw wrongBackground }
    let colour = values.compactMap { $0.integer.flatMap(UInt8.init(exactly:)) }
    guard colour.count == 3 else { throw wrongBackground }
    return .flatten(red: colour[0], green: colour[1], blue: colour[2])
  }

  private var wrongBackground: MediaError { wrong("alpha_background", expected: "[red, green, blue], each 0 to 255") }

  private func heightAndWidth(_ value: JSONValue) -> ImagePreprocessor.Extent? {
    let sides: (JSONValue?, JSONValue?)
    switch value {
    case .object(let object) where object.count == 2: sides = (object["height"], object["width"])
    case .array(let values) where values.count == 2: sides = (values[0], values[1])
    default: return nil
    }
    guard let height = side(sides.0), let width = side(sides.1) else { return nil }
    return ImagePreprocessor.Extent(height: height, width: width)
  }

  private func side(_ value: JSONValue?) -> Int? {
    guard let side = value?.integer, ImagePreprocessor.sideLimits.contains(side) else { return nil }
    return side
  }

  private static let limits = "\(ImagePreprocessor.sideLimits.lowerBound)...\(ImagePreprocessor.sideLimits.upperBound)"
}
