import Foundation

extension MediaError: CustomStringConvertible {
  /// One line: where, what, and what to do.
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): no such file; check the path and the image folder"
    case .unreadable(let path, let errno) where isOfSystem:
      "\(path): cannot be read (\(String(cString: strerror(errno)))); see to the disk, the network or the limit of open "
        + "files, and start again"
    case .unreadable(let path, let errno):
      "\(path): cannot be read (\(String(cString: strerror(errno)))); check its permissions and the disk"
    case .notAFile(let path):
      "\(path): not a regular file; give the path of an image"
    case .fileTooLarge(let path, let bytes, let limit):
      "\(path): \(bytes) bytes, the limit is \(limit); make the image smaller"
    case .empty(let source):
      "\(source): 0 bytes; fetch the file again or remove its sample"
    case .notAnImage(let source, let looksLike):
      "\(source): not an image, it looks like \(looksLike); fetch the file again or remove its sample"
    case .unsupportedFormat(let source, let format):
      "\(source): \(format), which is not supported; convert it to JPEG, PNG or WebP"
    case .tooManyPixels(let source, let width, let height, let limit):
      "\(source): \(width)x\(height) pixels, the limit is \(limit) in all; make the image smaller or raise the limit"
    case .sideTooLong(let source, let width, let height, let limit):
      "\(source): \(width)x\(height) pixels, the limit is \(limit) a side; make the image smaller"
    case .truncated(let source, let format):
      "\(source): truncated \(format.rawValue), its data end before the image does; fetch the file again"
    case .corrupt(let source, let format, let reason):
      "\(source): corrupt \(format.rawValue) (\(reason)); fetch the file again or remove its sample"
    case .outOfMemory(let source):
      "\(source): not enough memory to decode it; lower the pixel limit or run fewer readers"
    case .encodingFailed(let format, let reason):
      "\(format.rawValue) encoding failed (\(reason)); change the size or the quality"
    case .notJSON(let path):
      "\(path): not a JSON object; give the preprocessor_config.json of a Hugging Face model"
    case .configuration(let path, let key, let expected, let found):
      "\(path): \"\(key)\" must be \(expected), found \(found); correct the file"
    }
  }
}
