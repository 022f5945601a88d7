/// Why an image or a preprocessor file was refused. `source` is the path, or "image bytes" for an image in memory.
public enum MediaError: Error, Equatable, Sendable {
  case missing(path: String)
  /// The system's `errno` of the call that failed.
  case unreadable(path: String, errno: Int32)
  case notAFile(path: String)
  case fileTooLarge(path: String, bytes: Int, limit: Int)
  case empty(source: String)
  /// `looksLike` names what the first bytes are, with its article: "an HTML page".
  case notAnImage(source: String, looksLike: String)
  /// `format` with its article: "a GIF image".
  case unsupportedFormat(source: String, format: String)
  /// `limit` is in pixels. Raised before anything of that size is allocated.
  case tooManyPixels(source: String, width: Int, height: Int, limit: Int)
  /// `limit` is in pixels.
  case sideTooLong(source: String, width: Int, height: Int, limit: Int)
  /// The data end before the image does.
  case truncated(source: String, format: ImageFormat)
  /// `reason` is a fact found here, or the codec's own words.
  case corrupt(source: String, format: ImageFormat, reason: String)
  case outOfMemory(source: String)
  /// The codec's own words.
  case encodingFailed(format: ImageFormat, reason: String)
  /// preprocessor_config.json is no JSON object.
  case notJSON(path: String)
  /// `expected` says what the key may hold, `found` is the value as JSON, or "nothing".
  case configuration(path: String, key: String, expected: String, found: String)
}

/// The image formats that are read.
public enum ImageFormat: String, Sendable, Equatable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"
}
