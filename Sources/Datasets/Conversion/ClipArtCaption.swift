/// The caption of a picture of the clip-art library: "folders, keywords: title", or without the title where the picture
/// has none of its own. File names are no captions: most are serial numbers.
struct ClipArtCaption {
  /// Path below png/, without the ending.
  let path: String
  /// Empty where the picture has none of its own.
  let title: String
  let keywords: [String]

  /// Words that describe the library's bookkeeping, not a picture.
  private static let bookkeeping: Set<String> = ["unsorted", "special", "lemon theme icon", "magick", "hash"]

  var text: String {
    var folders = path.split(separator: "/").map { Self.words($0) }
    let name = folders.popLast() ?? ""
    // Sorted: the files give them in the order of some exporter's hash table.
    let all = folders + keywords.map { Self.words($0) }.sorted()
    var kinds: [String] = []
    for kind in all where !kind.isEmpty && !Self.isBookkeeping(kind) {
      // "flag" beside "flags" says nothing new.
      if !kinds.contains(kind), !kinds.contains(kind + "s"), !kinds.contains(String(kind.dropLast())) {
        kinds.append(kind)
      }
    }
    let described = kinds.joined(separator: ", ")
    if title.isEmpty { return kinds.isEmpty ? name : described }
    return kinds.isEmpty ? title : described + ": " + title
  }

  /// An exporter printed the address of a table where a word should be ("hash(0x86a0bb0)").
  private static func isBookkeeping(_ kind: String) -> Bool { bookkeeping.contains(kind) || kind.hasPrefix("hash(") }

  /// "united_nations_member" -> "united nations member"; lower case, because folders and keywords are.
  private static func words(_ text: some StringProtocol) -> String {
    text.lowercased().split { $0 == "_" || $0 == "-" || $0.isWhitespace }.joined(separator: " ")
  }
}
