import Media

/// A picture of a sample, as the model takes it.
public enum SampleImage: Sendable, Equatable {
  /// Pixel values [3, H, W]. `digest`: what a feature source knows the picture by; nil where there is none to ask.
  case pixels([Float], digest: ImageDigest?)
  /// What the vision tower makes of it, in bf16: [R, F].
  case features([UInt16])
}

/// The content of a picture file in short: equal for equal files, whatever they are called.
public struct ImageDigest: Sendable, Hashable {
  public let hash: UInt64
  /// Length of the file.
  public let bytes: Int

  public init(hash: UInt64, bytes: Int) {
    self.hash = hash
    self.bytes = bytes
  }

  /// What stands for the grey picture that replaces all others: no file is empty.
  static let blank = ImageDigest(hash: 0, bytes: 0)

  /// The same file with its transparency treated in a way of its own is another picture; nil for the usual way.
  func seen(_ alpha: AlphaTreatment?) -> ImageDigest {
    switch alpha {
    case nil: self
    case .drop: ImageDigest(hash: hash ^ 1 << 24, bytes: bytes)
    case .flatten(let red, let green, let blue):
      ImageDigest(hash: hash ^ (UInt64(red) << 16 | UInt64(green) << 8 | UInt64(blue) | 1 << 25), bytes: bytes)
    }
  }
}

/// Vision features that were computed earlier, so that a picture need not be decoded. Asked on the prefetching thread.
public protocol FeatureSource: Sendable {
  func digest(of file: [UInt8]) -> ImageDigest
  /// Features [R, F] in bf16; nil if they are not known.
  func features(of picture: ImageDigest) -> [UInt16]?
}
