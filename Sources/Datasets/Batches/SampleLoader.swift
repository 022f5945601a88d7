import Media
import Text

/// Turns entries of data files into what the model takes: reads, tokenises, decodes pictures.
public struct SampleLoader: Sendable {
  public let sources: [LlavaDataset]
  let encoder: ChatEncoder
  let preprocessor: ImagePreprocessor?
  let imageTokens: Int
  let maximumTokens: Int?
  /// Pictures are replaced by a grey one, to see what the model does without them.
  let blankImages: Bool
  /// What becomes of transparency in each source's pictures; nil, or missing, for what the preprocessor says.
  let alphas: [AlphaTreatment?]
  /// Where features of pictures may be known; nil always decodes.
  public var features: (any FeatureSource)?
  var patience = Patience()

  public init(
    sources: [LlavaDataset], encoder: ChatEncoder, preprocessor: ImagePreprocessor?, imageTokens: Int,
    maximumTokens: Int?, blankImages: Bool = false, alphas: [AlphaTreatment?] = []
  ) {
    self.sources = sources
    self.encoder = encoder
    self.preprocessor = preprocessor
    self.imageTokens = imageTokens
    self.maximumTokens = maximumTokens
    self.blankImages = blankImages
    self.alphas = alphas
  }

  /// One sample; the error says which and why.
  public func load(_ reference: SampleReference) throws -> PreparedSample {
    let sample = try sources[reference.source].sample(reference.index)
    let chat = try encoder.encode(
      sample.messages, imageCounts: [Int](repeating: imageTokens, count: sample.images.count),
      maximumTokens: maximumTokens)
    // Truncation drops images that no longer fit from the end of the sample.
    let kept = sample.images.prefix(chat.imageSpans.count)
    let prepared = PreparedSample(
      id: sample.id, source: reference.source, tokens: chat.tokens, labels: chat.labels,
      pictures: try kept.map { try image(path: $0, source: reference.source) })
    guard prepared.supervisedTokens > 0 else { throw BatchError.nothingSupervised }
    return prepared
  }

  /// The samples of a micro-batch; those that cannot be used are named and left out.
  /// - Throws: where the system does not let a file be read, after some attempts: that is no fault of the sample.
  public func load(_ references: [SampleReference]) throws -> MicroBatch {
    var samples: [PreparedSample] = []
    var bad: [BadSample] = []
    for reference in references {
      do {
        samples.append(try patience { try load(reference) })
      } catch let error where !isSystemFault(error) {
        bad.append(
          BadSample(
            source: sources[reference.source].name, index: reference.index, reason: sentence(error, for: reference)))
      }
    }
    return MicroBatch(samples: samples, bad: bad)
  }

  /// A picture's features where they are known, else its pixels.
  private func image(path: String, source: Int) throws -> SampleImage {
    guard let features, preprocessor != nil else {
      return .pixels(try pixels(path: path, source: source), digest: nil)
    }
    let file = blankImages ? [] : try ImageDecoder.contents(path: path)
    let digest = blankImages ? .blank : features.digest(of: file).seen(alpha(of: source))
    if let known = features.features(of: digest) { return .features(known) }
    return .pixels(try pixels(path: path, source: source, file: file), digest: digest)
  }

  /// Pixel values [3, H, W]. `file`: its bytes, where they have been read already.
  func pixels(path: String, source: Int, file: [UInt8]? = nil) throws -> [Float] {
    guard let preprocessor else { throw BatchError.noVisionTower(path: path) }
    guard !blankImages else { return preprocessor.pixelValues(Self.grey) }
    if let file { return try preprocessor.load(file, alpha: alpha(of: source), source: path) }
    return try preprocessor.load(path: path, alpha: alpha(of: source))
  }

  /// nil where it is what the preprocessor says.
  private func alpha(of source: Int) -> AlphaTreatment? {
    guard alphas.indices.contains(source), let alpha = alphas[source] else { return nil }
    return alpha == preprocessor?.alpha ? nil : alpha
  }

  private static let grey = RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 128, count: 8 * 8 * 3))

  private func sentence(_ error: any Error, for reference: SampleReference) -> String {
    // A reader's error names file and line itself; the others know only what is wrong.
    if error is DatasetError { return "\(error)" }
    let source = sources[reference.source]
    guard let sample = try? source.sample(reference.index) else { return "\(source.path): \(error)" }
    return "\(source.path):\(sample.line): sample \"\(sample.id)\": \(error)"
  }
}

/// What can be wrong between a data set and a model.
public enum BatchError: Error, Equatable, CustomStringConvertible {
  case noVisionTower(path: String)
  /// The sample's only trained token is its first, which nothing predicts.
  case nothingSupervised

  public var description: String {
    switch self {
    case .noVisionTower(let path):
      "the sample has a picture (\(path)) but the model has no vision tower; train on text or give the recipe one"
    case .nothingSupervised: "its answer is the first token of all, so nothing predicts it; give the sample a question"
    }
  }
}
