import Foundation
import Testing

@testable import Datasets

struct OpenClipArtTests {
  private static func svg(title: String, keywords: [String]) -> String {
    """
    <?xml version="1.0"?>
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:cc="c" xmlns:dc="d" xmlns:rdf="r"><title>drawing</title>
    <metadata><rdf:RDF><cc:Work rdf:about=""><dc:title>\(title)</dc:title><dc:subject><rdf:Bag>
    \(keywords.map { "<rdf:li>\($0)</rdf:li>" }.joined())</rdf:Bag></dc:subject>
    <dc:creator><cc:Agent><dc:title>Ann Author</dc:title></cc:Agent></dc:creator></cc:Work></rdf:RDF></metadata>
    <g/></svg>
    """
  }

  /// A library of these pictures: path below png/ and text of the SVG, nil for none.
  private static func library(_ pictures: [(path: String, svg: String?)]) throws -> ScratchDirectory {
    let scratch = try ScratchDirectory()
    for (path, svg) in pictures {
      for (side, ending, text) in [("png", "png", ""), ("svg", "svg", svg ?? "")] where side == "png" || svg != nil {
        let url = URL(fileURLWithPath: "\(scratch.path)/\(side)/\(path).\(ending)")
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
      }
    }
    try FileManager.default.createDirectory(atPath: scratch.path + "/svg", withIntermediateDirectories: true)
    return scratch
  }

  private static func captions(_ path: String) throws -> [String: String] {
    let data = try LlavaDataset(name: "c", path: path, imageDirectory: "/pictures")
    return try Dictionary(
      uniqueKeysWithValues: (0..<data.count).map { index in
        let sample = try data.sample(index)
        #expect(sample.images == ["/pictures/\(sample.id).png"])
        return (sample.id, sample.messages.last?.text ?? "")
      })
  }

  @Test func `a caption names folders and keywords, then the title, and nothing twice`() throws {
    let scratch = try Self.library([
      (
        "food/fruit/apple_01",
        Self.svg(title: " Red \n apple ", keywords: ["red", "fruits", "", "Fruit", "united_nations"])
      ),
      ("unsorted/thing", Self.svg(title: "", keywords: ["hash(0x86a0bb0)"])),
    ])
    let summary = try OpenClipArt.convert(
      library: scratch.path, output: scratch.path + "/out", heldOutShare: 0, seed: 1)
    #expect(summary == OpenClipArt.Summary(training: 2, heldOut: 0, withoutMetadata: 0))
    #expect(
      try Self.captions(scratch.path + "/out/captions.json") == [
        "food/fruit/apple_01": "food, fruit, red, united nations: Red apple", "unsorted/thing": "thing",
      ])
  }

  @Test func `a title that many pictures share is a collection's and left out`() throws {
    let scratch = try Self.library(
      (1...5).map { ("signs/stop-\($0)", Self.svg(title: "Road signs", keywords: [])) }
        + (1...4).map { ("signs/go_\($0)", Self.svg(title: "Green light", keywords: [])) })
    _ = try OpenClipArt.convert(library: scratch.path, output: scratch.path + "/out", heldOutShare: 0, seed: 1)
    let captions = try Self.captions(scratch.path + "/out/captions.json")
    #expect(captions["signs/stop-3"] == "signs")
    #expect(captions["signs/go_3"] == "signs: Green light")
  }

  @Test func `an SVG that is missing or no XML leaves a caption of its folders, and is counted`() throws {
    let scratch = try Self.library([
      ("a/missing", nil), ("a/broken", "<svg><metadata><rdf:RDF>"), ("a/html", "no markup at all"),
      // Broken behind its metadata: what counts was read.
      ("a/late", Self.svg(title: "Late", keywords: []).replacingOccurrences(of: "<g/></svg>", with: "<g")),
    ])
    let summary = try OpenClipArt.convert(
      library: scratch.path, output: scratch.path + "/out", heldOutShare: 0, seed: 1)
    #expect(summary.withoutMetadata == 3)
    #expect(
      try Self.captions(scratch.path + "/out/captions.json") == [
        "a/missing": "a", "a/broken": "a", "a/html": "a", "a/late": "a: Late",
      ])
  }

  @Test func `the held-out share is held to, no picture is on both sides, the same seed gives the same bytes`() throws
  {
    let scratch = try Self.library(
      (0..<600).map { ("tools/hammer\($0)", Self.svg(title: "Number \($0 / 3)", keywords: ["tool"])) })
    func convert(_ output: String, seed: UInt64) throws -> OpenClipArt.Summary {
      try OpenClipArt.convert(library: scratch.path, output: scratch.path + output, heldOutShare: 0.1, seed: seed)
    }
    let summary = try convert("/one", seed: 7)
    #expect(summary.training + summary.heldOut == 600)
    #expect((30...100).contains(summary.heldOut))
    let (training, heldOut) = (
      try Self.captions(scratch.path + "/one/captions.json"), try Self.captions(scratch.path + "/one/heldout.json")
    )
    #expect(Set(training.keys).isDisjoint(with: heldOut.keys))
    #expect(try convert("/two", seed: 7) == summary)
    _ = try convert("/three", seed: 8)
    for name in ["captions.json", "heldout.json"] {
      let bytes = try ["one", "two", "three"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/\($0)/\(name)"))
      }
      #expect(bytes[0] == bytes[1])
      #expect(bytes[0] != bytes[2])
    }
  }

  @Test func `a folder that is no library is refused with what it lacks`() throws {
    let scratch = try ScratchDirectory()
    #expect(throws: DatasetError.missing(path: scratch.path + "/png")) {
      try OpenClipArt.convert(library: scratch.path, output: scratch.path, heldOutShare: 0.1, seed: 1)
    }
    let empty = try Self.library([])
    try FileManager.default.createDirectory(atPath: empty.path + "/png", withIntermediateDirectories: true)
    #expect(throws: DatasetError.unreadable(path: empty.path + "/png", found: "there is no picture in it")) {
      try OpenClipArt.convert(library: empty.path, output: empty.path, heldOutShare: 0.1, seed: 1)
    }
  }
}
