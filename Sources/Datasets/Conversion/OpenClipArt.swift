import Foundation
import Tensors

/// Debian's Open Clip Art library (packages openclipart-png and openclipart-svg) as LLaVA caption data.
///
/// A picture is `png/CATEGORY/.../NAME.png`; what is known of it is its folder, and title and keywords in the RDF of the
/// SVG file of the same path. A caption names the folders and keywords, then the picture:
/// "food, fruit, red: apple with leaf".
public enum OpenClipArt {
  /// What a conversion wrote.
  public struct Summary: Sendable, Equatable {
    public var training = 0
    public var heldOut = 0
    /// Pictures whose SVG is missing or no XML: their captions come from folder and file name alone.
    public var withoutMetadata = 0
  }

  /// Writes `captions.json` and `heldout.json` into `output`; picture paths are relative to `library`/png.
  ///
  /// About `heldOutShare` of the pictures are held out, chosen by `seed` and path. Both files list their pictures by path;
  /// the same input gives the same bytes.
  /// - Throws: `DatasetError.missing` without the two folders, `.unreadable` without pictures, `.unwritable`.
  public static func convert(
    library: String, output: String, heldOutShare: Double, seed: UInt64
  ) throws(DatasetError) -> Summary {
    let pictures = try picturePaths(library)
    var summary = Summary()
    var known: [ClipArtMetadata] = []
    for path in pictures {
      let svg = FileManager.default.contents(atPath: "\(library)/svg/\(path).svg")
      let metadata = svg.flatMap { ClipArtMetadata.read(svg: $0) }
      if metadata == nil { summary.withoutMetadata += 1 }
      known.append(metadata ?? ClipArtMetadata())
    }
    let titles = known.reduce(into: [:]) { $0[$1.title, default: 0] += 1 }
    var (training, heldOut) = ([[String: Any]](), [[String: Any]]())
    for (path, metadata) in zip(pictures, known) {
      let isCollection = titles[metadata.title, default: 0] > mostPicturesOfATitle
      let caption = ClipArtCaption(path: path, title: isCollection ? "" : metadata.title, keywords: metadata.keywords)
        .text
      var random = RandomStream(seed, RandomStream.key(path))
      let entry = entry(path: path, caption: caption)
      if random.uniform() < heldOutShare { heldOut.append(entry) } else { training.append(entry) }
    }
    (summary.training, summary.heldOut) = (training.count, heldOut.count)
    try write(training, to: output + "/captions.json")
    try write(heldOut, to: output + "/heldout.json")
    return summary
  }

  /// A title that more pictures than this share names a collection ("SVG Road Signs"), not a picture.
  private static let mostPicturesOfATitle = 4

  /// The pictures without their ending, sorted: the order of a folder's entries is nobody's promise.
  private static func picturePaths(_ library: String) throws(DatasetError) -> [String] {
    for folder in ["png", "svg"] where !FileManager.default.fileExists(atPath: "\(library)/\(folder)") {
      throw .missing(path: "\(library)/\(folder)")
    }
    let entries = FileManager.default.enumerator(atPath: library + "/png")?.compactMap { $0 as? String } ?? []
    let pictures = entries.filter { $0.hasSuffix(".png") }.map { String($0.dropLast(4)) }.sorted()
    guard !pictures.isEmpty else { throw .unreadable(path: library + "/png", found: "there is no picture in it") }
    return pictures
  }

  private static func entry(path: String, caption: String) -> [String: Any] {
    [
      "id": path, "image": path + ".png",
      "conversations": [
        ["from": "human", "value": "<image>\nWhat does this clip art show?"], ["from": "gpt", "value": caption],
      ],
    ]
  }

  private static func write(_ entries: [[String: Any]], to path: String) throws(DatasetError) {
    do {
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
      let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      try JSONSerialization.data(withJSONObject: entries, options: options)
        .write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }
}
