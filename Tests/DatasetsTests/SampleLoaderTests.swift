import Datasets
import Foundation
import Media
import Testing
import Text

@Suite struct SampleLoaderTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func references(_ dataset: LlavaDataset) -> [SampleReference] {
    (0..<dataset.count).map { SampleReference(source: 0, index: $0) }
  }

  @Test func `bad samples are named and left out, the others keep their order`() throws {
    try scratch.write("good.png", try picture())
    try scratch.write("cut.png", try picture(64).dropLast(40))
    let dataset = try scratch.dataset(
      [
        entry("a", image: "good.png"), "oops", entry("b"), entry("c", image: "cut.png"), entry("d", image: "none.png"),
        entry("e", image: "good.png", question: "What<image>"), entry("f", answer: "blue"),
      ].joined(separator: "\n"))
    let batch = try Words.loader([dataset]).load(references(dataset))
    #expect(batch.samples.map(\.id) == ["a", "b", "f"])
    #expect(batch.bad.map(\.index) == [1, 3, 4, 5])
    #expect(batch.bad.allSatisfy { $0.source == "chat" })
    let file = scratch.path + "/data.json"
    let starts = [
      "\(file):2: not a JSON object", "\(file):4: sample \"c\": \(scratch.path)/cut.png: truncated PNG",
      "\(file):5: sample \"d\": \(scratch.path)/none.png: no such file", "\(file):6: sample \"e\": 2 <image> marks",
    ]
    for (bad, start) in zip(batch.bad, starts) { #expect(bad.reason.hasPrefix(start), "\(bad.reason)") }
    #expect(batch.imageCount == 1 && batch.pixels.count == 3 * 4 * 4)
    #expect(batch.starts == [0] + [0, 1, 2].map { last in batch.samples[...last].reduce(0) { $0 + $1.tokens.count } })
  }

  @Test func `a cut at any length never feeds part of a picture, and placeholders and pictures stay equal in number`()
    throws
  {
    for name in ["a.png", "b.png", "c.png"] { try scratch.write(name, try picture()) }
    let dataset = try scratch.dataset(
      #"[{"id": "long", "image": ["a.png", "b.png", "c.png"], "conversations": ["#
        + #"{"from": "human", "value": "What <image> is it ?"}, {"from": "gpt", "value": "red"}, "#
        + #"{"from": "human", "value": "<image><image>"}, {"from": "gpt", "value": "green blue"}]}]"#)
    let reference = SampleReference(source: 0, index: 0)
    let whole = try Words.loader([dataset], imageTokens: 6).load(reference)
    let mark = try #require(try Words.tokenizer().id(of: "<image>"))
    #expect(whole.images.count == 3 && whole.tokens.count { $0 == mark } == 18)
    // Where pictures stand in the whole sample.
    let places = whole.tokens.indices.filter { whole.tokens[$0] == mark }
    let spans = [places[0]..<places[0] + 6, places[6]..<places[6] + 6, places[12]..<places[12] + 6]
    var kept: Set<Int> = []
    var refused = 0
    for maximum in 1...whole.tokens.count + 3 {
      let loader = try Words.loader([dataset], imageTokens: 6, maximumTokens: maximum)
      let batch = try loader.load([reference])
      // The cut moves to the front of a picture that it would fall into.
      let inside = spans.first { $0.lowerBound < maximum && maximum < $0.upperBound }
      let end = min(whole.tokens.count, inside?.lowerBound ?? maximum)
      let isSupervised = whole.labels[..<end].dropFirst().contains { $0 >= 0 }
      guard let sample = batch.samples.first else {
        #expect(!isSupervised, "\(maximum)")
        #expect(
          batch.bad[0].reason.contains("sample \"long\": none of the \(whole.tokens.count) tokens is trained within"))
        refused += 1
        continue
      }
      #expect(isSupervised && sample.supervisedTokens > 0)
      #expect(
        sample.tokens == Array(whole.tokens[..<end]) && sample.labels == Array(whole.labels[..<end]), "\(maximum)")
      #expect(sample.images.count == spans.count { $0.upperBound <= end }, "\(maximum)")
      #expect(sample.tokens.count { $0 == mark } == 6 * sample.images.count)
      kept.insert(sample.images.count)
    }
    #expect(kept == [1, 2, 3] && refused > 0)
  }

  @Test func `a sample without a supervised token is refused, not fed in silence`() throws {
    // The plain template trains the answer alone: an answer of one newline token is the first of all.
    let dataset = try scratch.dataset(
      "[\(entry("a", question: "", answer: "")), \(entry("b", question: "", answer: "red"))]")
    let batch = try Words.loader([dataset], template: .plain).load(references(dataset))
    #expect(batch.samples.map(\.id) == ["b"])
    #expect(batch.bad.map(\.reason) == ["\(scratch.path)/data.json:1: sample \"a\": \(BatchError.nothingSupervised)"])
    // An empty answer trains its end, where the template has one.
    #expect(try Words.loader([dataset]).load(references(dataset)).samples.map(\.supervisedTokens) == [1, 2])
  }

  @Test func `a picture for a model without eyes is a bad sample`() throws {
    try scratch.write("a.png", try picture())
    let dataset = try scratch.dataset("[\(entry("a", image: "a.png")), \(entry("b"))]")
    let batch = try Words.loader([dataset], hasEyes: false).load(references(dataset))
    #expect(batch.samples.map(\.id) == ["b"])
    #expect(
      batch.bad.map(\.reason) == [
        "\(scratch.path)/data.json:1: sample \"a\": \(BatchError.noVisionTower(path: scratch.path + "/a.png"))"
      ])
  }

  /// Knows the pictures that it is told of.
  private struct Known: FeatureSource {
    var features: [Int: [UInt16]] = [:]

    func digest(of file: [UInt8]) -> ImageDigest { ImageDigest(hash: 1, bytes: file.count) }
    func features(of picture: ImageDigest) -> [UInt16]? { features[picture.bytes] }
  }

  @Test func `transparency is treated as each source wants it, found or computed, in questions too`() throws {
    try scratch.write("clear.png", transparentPicture)
    let dataset = try scratch.dataset(entry("a", image: "clear.png"))
    let black = AlphaTreatment.flatten(red: 0, green: 0, blue: 0)
    let alphas: [AlphaTreatment?] = [nil, .flatten(red: 255, green: 255, blue: 255), black, .drop, black]
    var loader = try Words.loader(alphas.map { _ in dataset }, alphas: alphas)
    let grey = Float(128) / 255 * 2 - 1
    for features: (any FeatureSource)? in [nil, Known()] {
      loader.features = features
      let batch = try loader.load(alphas.indices.map { SampleReference(source: $0, index: 0) })
      let firsts = stride(from: 0, to: batch.pixels.count, by: 3 * 4 * 4).map { batch.pixels[$0] }
      let expected = [grey, 1, -1, grey, -1]
      #expect(firsts.count == 5 && zip(firsts, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(firsts)")
    }
    let pictures = try loader.load(alphas.indices.map { SampleReference(source: $0, index: 0) }).images
    let digests: [ImageDigest] = pictures.compactMap { picture in
      guard case .pixels(_, let digest) = picture else { return nil }
      return digest
    }
    #expect(digests.count == 5 && Set(digests).count == 3)
    #expect(digests[0] == digests[3] && digests[2] == digests[4])
    #expect(try loader.question(SampleReference(source: 1, index: 0)).images[0][0] == 1)
  }

  @Test func `known pictures come as features without being decoded, all others as before`() throws {
    let (known, other) = (Array("no picture at all".utf8), try picture())
    try scratch.write("known.png", known)
    try scratch.write("other.png", other)
    try scratch.write("cut.png", try picture(64).dropLast(40))
    try scratch.write("empty.png", [])
    let dataset = try scratch.dataset(
      ["known", "other", "cut", "empty", "none"].map { entry($0, image: $0 + ".png") }.joined(separator: "\n"))
    var loader = try Words.loader([dataset])
    let plain = try loader.load(references(dataset))
    loader.features = Known()
    let unknown = try loader.load(references(dataset))
    #expect(unknown.bad == plain.bad && plain.bad.count == 4)
    #expect(unknown.pixels == plain.pixels)
    #expect(unknown.images == [.pixels(plain.pixels, digest: ImageDigest(hash: 1, bytes: other.count))])
    loader.features = Known(features: [known.count: [5, 6]])
    let found = try loader.load(references(dataset))
    #expect(found.images == [.features([5, 6])] + unknown.images)
    #expect(found.bad == Array(plain.bad.dropFirst()))
    #expect(found.imageCount == 2 && found.pixels == plain.pixels)
  }
}
