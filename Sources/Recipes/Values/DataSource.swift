/// A named set of samples.
public struct DataSource: Equatable, Sendable {
  public var name: String
  public var format: DataFormat
  /// The file with the samples.
  public var path: String
  /// The folder that the samples' picture names are relative to; nil for text alone.
  public var images: String?
  public var alpha: AlphaHandling
  /// Only so many samples from the beginning; nil takes all.
  public var maxSamples: Int?
}

public enum DataFormat: String, CaseIterable, Sendable {
  /// The JSON of LLaVA: `id`, `image`, `conversations`.
  case llava
}

/// What becomes of a picture's alpha channel.
public enum AlphaHandling: String, CaseIterable, Sendable {
  /// What the image processor of a loaded tower says; `drop` with a new one.
  case auto
  /// The colours behind it are taken as they are, as Pillow's `convert("RGB")` does.
  case drop
  /// The picture is laid over white.
  case white
  /// The picture is laid over black.
  case black
}
