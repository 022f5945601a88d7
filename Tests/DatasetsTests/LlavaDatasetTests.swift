import Datasets
import Foundation
import Testing
import Text

/// What R1 files of all kinds look like, and what is read from them.
@Suite struct LlavaDatasetTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  @Test(arguments: ["", "\u{FEFF}", " \n\t", "\u{FEFF}\r\n"])
  func `an array and lines give the same samples, whatever stands before and between them`(start: String) throws {
    let entries = (0..<4).map { entry("s\($0)") }
    let forms: [(before: String, between: String, behind: String)] = [
      ("[", ",", "]"), ("[\n  ", ",\n  ", "\n]\n"), ("[\r\n", ",\r\n", "\r\n]"), ("[", ",", ",]"),
      ("", "\n", ""), ("", "\r\n", "\r\n"), ("", "\n\n", "\n \n"),
    ]
    for (before, between, behind) in forms {
      let form = before + entries.joined(separator: between) + behind
      let dataset = try scratch.dataset(start + form)
      #expect(dataset.outcomes == ["s0", "s1", "s2", "s3"], "\(form.debugDescription)")
      #expect(
        try dataset.sample(0).messages == [
          ChatMessage(role: .user, text: "What?"), ChatMessage(role: .assistant, text: "red"),
        ])
    }
  }

  @Test func `an id is text, a number or the line`() throws {
    let turns = #""conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "x"}]"#
    let lines = [#""a/1""#, "12", "900000000001", nil, "-", "null", "[1]"].map { (id: String?) -> String in
      switch id {
      case nil: return ""
      case "-": return "{\(turns)}"
      case let id?: return "{\"id\": \(id), \(turns)}"
      }
    }
    let dataset = try scratch.dataset(lines.joined(separator: "\n"))
    #expect(dataset.outcomes == ["a/1", "12", "900000000001", "line 5", "line 6", "line 7"])
    #expect(try (0..<6).map { try dataset.sample($0).line } == [1, 2, 3, 5, 6, 7])
  }

  @Test func `an image is a path, a list of paths or nothing`() throws {
    let folder = scratch.path
    let cases: [(field: String, paths: [String])] = [
      (#""image": "a.png","#, ["\(folder)/a.png"]), (#""image": ["a.png"],"#, ["\(folder)/a.png"]),
      (#""image": ["a.png", "/b/c.png"],"#, ["\(folder)/a.png", "/b/c.png"]), (#""image": null,"#, []),
      (#""image": "","#, []), (#""image": [],"#, []), ("", []),
    ]
    for (field, paths) in cases {
      let text = String(repeating: "<image>", count: paths.count) + "What?"
      let turns = #"[{"from": "human", "value": "\#(text)"}, {"from": "gpt", "value": "x"}]"#
      let dataset = try scratch.dataset(#"[{"id": 1, \#(field) "conversations": \#(turns)}]"#)
      #expect(try dataset.sample(0).images == paths)
    }
  }

  @Test func `pictures are looked up in the folder that is given`() throws {
    let path = try scratch.write("data.json", "[\(entry("a", image: "x/y.png"))]".utf8)
    let dataset = try LlavaDataset(name: "d", path: path, imageDirectory: "/pictures")
    #expect(try dataset.sample(0).images == ["/pictures/x/y.png"])
  }

  @Test func `pictures that no question mentions stand before the first one`() throws {
    let dataset = try scratch.dataset(
      #"[{"id": 1, "image": ["a", "b"], "conversations": [{"from": "system", "value": "Be brief."}, "#
        + #"{"from": "human", "value": "What?"}, {"from": "gpt", "value": "x"}, {"from": "human", "value": "And?"}, "#
        + #"{"from": "gpt", "value": ""}]}]"#)
    let messages = try dataset.sample(0).messages
    #expect(messages.map(\.role) == [.system, .user, .assistant, .user, .assistant])
    #expect(messages.map(\.text) == ["Be brief.", "<image>\n<image>\nWhat?", "x", "And?", ""])
  }

  /// A sample with one picture whose turns are these.
  private func texts(_ turns: [(from: String, value: String)], image: String? = nil) throws -> [String] {
    let list = turns.map { #"{"from": "\#($0.from)", "value": "\#($0.value)"}"# }.joined(separator: ", ")
    let field = image.map { #""image": "\#($0)", "# } ?? ""
    return try scratch.dataset(#"{"id": 1, \#(field)"conversations": [\#(list)]}"#).sample(0).messages
      .map { "\($0.role.rawValue): \($0.text)" }
  }

  @Test func `an answer to no question is left out, a system turn stays`() throws {
    #expect(try texts([("gpt", "Hi."), ("human", "What?"), ("gpt", "red")]) == ["user: What?", "assistant: red"])
    #expect(
      try texts([("system", "Be brief."), ("gpt", "Hi."), ("human", "What?"), ("gpt", "red"), ("gpt", "or blue")])
        == ["system: Be brief.", "user: What?", "assistant: red", "assistant: or blue"])
    #expect(throws: DatasetError.self) { try texts([("gpt", "Hi.")]) }
    #expect(throws: DatasetError.self) { try texts([("system", "Be."), ("gpt", "Hi."), ("human", "What?")]) }
  }

  @Test(arguments: [
    (#"What is it?\n<image>"#, "<image>\nWhat is it?"), (#" What <image> is it? "#, "<image>\nWhat  is it?"),
    (#"<image>\nWhat?"#, "<image>\nWhat?"), ("<image>What? ", "<image>What? "), (#"\n<image>"#, "<image>"),
  ])
  func `a question's only picture stands before its words`(text: String, expected: String) throws {
    #expect(
      try texts([("human", text), ("gpt", "red <image>"), ("human", "And?"), ("gpt", "")], image: "a")
        == ["user: \(expected)", "assistant: red <image>", "user: And?", "assistant: "])
  }

  @Test func `of several pictures in a question each stays where it is`() throws {
    let dataset = try scratch.dataset(
      #"{"id": 1, "image": ["a", "b", "c"], "conversations": [{"from": "human", "value": "Is <image> <image>?"}, "#
        + #"{"from": "gpt", "value": "no"}, {"from": "human", "value": "And <image>"}, {"from": "gpt", "value": "yes"}]}"#
    )
    #expect(try dataset.sample(0).messages.map(\.text) == ["Is <image> <image>?", "no", "<image>\nAnd", "yes"])
  }

  @Test func `a mark in an answer is text, as it is for the tokens`() throws {
    let dataset = try scratch.dataset(
      "[" + entry("a", image: "a.png", answer: "an <image> tag") + "," + entry("b", answer: "<image>, <video>") + "]")
    #expect(dataset.outcomes == ["a", "b"])
  }

  @Test(arguments: ["null", "\"\"", "[]"])
  func `a field for a video that names none does no harm`(value: String) throws {
    #expect(try scratch.dataset("{\"video\": \(value), " + entry("a").dropFirst()).outcomes == ["a"])
  }

  @Test(arguments: ["NaN", "Infinity", "-Infinity"])
  func `Python's numbers that are no JSON do no harm, and text that spells them stays`(literal: String) throws {
    for field in [": \(literal)", ":\(literal)", ": [1,\(literal)]", ":\n\(literal)"] {
      let whole = entry("a \(literal): \(literal)", answer: "\\\":\(literal),")
      let dataset = try scratch.dataset("[\(whole.dropLast()), \"score\"\(field)}]")
      #expect(try dataset.sample(0).id == "a \(literal): \(literal)")
      #expect(try dataset.sample(0).messages[1].text == "\":\(literal),")
    }
  }

  @Test func `only so many entries as are asked for`() throws {
    let text = "[" + (0..<5).map { entry("s\($0)") }.joined(separator: ",\n") + "]"
    #expect(try scratch.dataset(text, limit: 2).outcomes == ["s0", "s1"])
    #expect(try scratch.dataset(text, limit: 9).count == 5)
  }
}
