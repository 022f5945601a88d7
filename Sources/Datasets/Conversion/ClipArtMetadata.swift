import Foundation
import FoundationXML

/// What the RDF block of a clip-art SVG says about its picture (Dublin Core inside `<metadata>`).
struct ClipArtMetadata: Equatable {
  /// `dc:title` of the work, white space folded; empty where there is none.
  var title = ""
  /// The entries of `dc:subject`, in the file's order.
  var keywords: [String] = []

  /// Reads no further than the end of the block: what follows is drawing, of any size.
  ///
  /// nil where the bytes are not XML up to there.
  static func read(svg: Data) -> ClipArtMetadata? {
    let parser = XMLParser(data: svg)
    parser.shouldProcessNamespaces = false
    parser.shouldResolveExternalEntities = false
    let reader = Reader()
    parser.delegate = reader
    // The answer of `parse` is true also for a document that stops short; the error is not left out.
    let whole = parser.parse() && parser.parserError == nil
    return whole || reader.isDone ? reader.found : nil
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var found = ClipArtMetadata()
    var isDone = false
    /// Local names of the open elements, outermost first.
    private var path: [Substring] = []
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      path.append(Self.local(name))
      text = ""
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
      let value = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      // The title of the work itself: creator and publisher have titles too, one level further in.
      if path.suffix(2) == ["Work", "title"] { found.title = value }
      if path.suffix(3) == ["subject", "Bag", "li"], !value.isEmpty { found.keywords.append(value) }
      text = ""
      if path.popLast() == "metadata" {
        isDone = true
        parser.abortParsing()
      }
    }

    /// Exporters did not agree on prefixes (`cc:Work`, `Work`).
    private static func local(_ name: String) -> Substring { name.split(separator: ":").last ?? "" }
  }
}
