import Datasets
import Foundation
import Testing

/// Files and entries that are not what they should be: each is an error that names the place, and nothing else is lost.
@Suite struct BadFileTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func failure(_ path: String) -> DatasetError? {
    do throws(DatasetError) {
      _ = try LlavaDataset(name: "d", path: path, imageDirectory: nil)
      return nil
    } catch { return error }
  }

  @Test func `a file that is no data at all is refused as a whole`() throws {
    let cases: [(String, String)] = [
      ("", "the file is empty"), ("\u{FEFF}\n \r\n", "the file has no entries"), ("[]", "the file has no entries"),
      ("<!DOCTYPE html>\n<html>{\"a\": 1}\n</html>", "this is an HTML page, not data"),
      ("\n  <html>", "this is an HTML page, not data"),
      ("{\n  \"data\": [1, 2]\n}\n", "this is a single JSON object over many lines"),
      ("{\r\n\"a\": 1}", "this is a single JSON object over many lines"),
      (
        "version https://git-lfs\noid 12",
        "no entry is a JSON object, the first begins with \"version https://git-lfs\""
      ),
      ("[\"a\", 1]", "no entry is a JSON object, the first begins with \"\"a\"\""),
      ("\u{0}\u{1}x", "no entry is a JSON object, the first begins with \"??x\""),
    ]
    for (text, found) in cases {
      let path = try scratch.write("bad.json", text.utf8)
      #expect(failure(path) == .unreadable(path: path, found: found), "\(text.debugDescription)")
    }
  }

  @Test func `a missing file, a folder and a pipe are told apart`() throws {
    let (none, below, pipe) = (scratch.path + "/none.json", "/dev/null/x.json", scratch.path + "/pipe")
    #expect(failure(none) == .missing(path: none))
    #expect(failure(below) == .missing(path: below))
    #expect(failure(scratch.path) == .unreadable(path: scratch.path, found: "this is a directory"))
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(failure(pipe) == .unreadable(path: pipe, found: "this is not a regular file"))
    #expect(failure("/dev/zero") == .unreadable(path: "/dev/zero", found: "this is not a regular file"))
  }

  /// Six good entries with a broken one behind the third: lines, an array with an entry a line, an indented one, one that
  /// begins behind the bracket. With the line of the broken one.
  private static func forms(_ broken: String) -> [(text: String, line: Int)] {
    var entries = (0..<6).map { entry("s\($0)") }
    entries.insert(broken, at: 3)
    let forms: [(before: String, between: String, behind: String, line: Int)] = [
      ("", "\n", "", 4), ("[\n", ",\n", "\n]", 5), ("  [\n    ", ",\n    ", "\n  ]\n", 5), ("[", ",\n ", "]", 4),
    ]
    return forms.map { ($0.before + entries.joined(separator: $0.between) + $0.behind, $0.line) }
  }

  @Test(arguments: [
    "oops", "}", "{]", "{\"id\": 1 2}", "{\"id\": 1}}", "{\"a\": [1]]}", "[1, {\"a\": 2}]", "nul", "1 2",
  ])
  func `an entry that is no JSON is named by its line, and all others are there`(broken: String) throws {
    for (text, line) in Self.forms(broken) {
      let fault = "\(scratch.path)/data.json:\(line): not a JSON object; mend or remove the entry"
      #expect(try scratch.dataset(text).outcomes == ["s0", "s1", "s2", fault, "s3", "s4", "s5"], "\(text)")
    }
    let compact = "[" + [entry("a"), broken, entry("b")].joined(separator: ", ") + "]"
    #expect(try scratch.dataset(compact).outcomes.filter { !$0.hasPrefix("/") } == ["a", "b"])
  }

  @Test(arguments: ["{", "{\"a\": [", "{\"a\": \"b}", "\"x\\", "{\"a\": {\"b\": \"c}", "{\"a: \"b\"}"])
  func `an entry that lacks a bracket or a quote does not swallow those in the lines below`(broken: String) throws {
    for (text, line) in Self.forms(broken) {
      let outcomes = try scratch.dataset(text).outcomes
      #expect(outcomes.filter { !$0.hasPrefix("/") } == (0..<6).map { "s\($0)" }, "\(text)")
      #expect(outcomes[3].hasPrefix("\(scratch.path)/data.json:\(line): "), "\(outcomes)")
      #expect(outcomes.count == 7, "\(outcomes)")
    }
  }

  @Test func `a bracket missing in the middle of a pretty-printed array costs one sample`() throws {
    let objects = try (0..<6).map {
      try JSONSerialization.jsonObject(with: Data(entry("s\($0)", image: "\($0).png").utf8))
    }
    let pretty = String(
      decoding: try JSONSerialization.data(withJSONObject: objects, options: [.prettyPrinted, .sortedKeys]),
      as: UTF8.self)
    for bracket in ["]", "}", "\""] {
      // The last one of the third entry.
      let end = try #require(pretty.range(of: "\"s2\"")).lowerBound
      let place = try #require(pretty[..<end].lastIndex(of: Character(bracket)))
      let text = pretty[..<place] + pretty[pretty.index(after: place)...]
      let outcomes = try scratch.dataset(String(text)).outcomes
      #expect(outcomes.filter { !$0.hasPrefix("/") } == ["s0", "s1", "s3", "s4", "s5"], "without a \(bracket)")
      #expect(outcomes.count == 6)
    }
  }

  @Test func `a file cut off anywhere gives every sample before the cut, and says that there is no end`() throws {
    let entries = (0..<3).map { entry("s\($0)", image: "x.png") }
    let array = Array(("[" + entries.joined(separator: ",\n") + "]").utf8)
    #expect(
      failure(try scratch.write("cut.json", array[..<1]))?.description.contains("no entry is a JSON object") == true)
    for cut in 2..<array.count {
      let path = try scratch.write("cut.json", array[..<cut])
      let dataset = try LlavaDataset(name: "d", path: path, imageDirectory: nil)
      let outcomes = dataset.outcomes
      // Bytes up to the end of the first so many entries, the bracket and two bytes between entries included.
      let whole = (1...3).count { count in cut >= entries[..<count].reduce(count * 2 - 1) { $0 + $1.utf8.count } }
      #expect(outcomes.dropLast() == (0..<whole).map { "s\($0)" }[...], "cut at \(cut)")
      #expect(try #require(outcomes.last).contains("the file ends here, before its array does; it was cut off"))
      guard case .cutOff(path, line: _, samples: whole) = dataset.warning else {
        Issue.record("cut at \(cut): \(String(describing: dataset.warning))")
        continue
      }
      // Who asks for no more than what stands before the cut misses nothing.
      let first = try LlavaDataset(name: "d", path: path, imageDirectory: nil, limit: max(1, whole))
      #expect((first.warning == nil) == (whole > 0))
    }
  }

  @Test func `lines that are cut off in the last one are told of, whole files and other faults are not`() throws {
    let lines = (0..<3).map { entry("s\($0)") }.joined(separator: "\n")
    let cut = try scratch.dataset(String(lines.dropLast(5)))
    let path = scratch.path + "/data.json"
    #expect(cut.warning == .cutOff(path: path, line: 3, samples: 2))
    #expect(
      cut.warning?.description
        == "\(path):3: the file ends in the middle of its data, after 2 samples, as a broken download does; "
        + "get it again if there should be more")
    let array = "[" + lines.replacing("\n", with: ",\n")
    for text in [lines, lines + "\n", array + "]", array + "]\n", array + ",]", array + "] x", array + ", oops]"] {
      #expect(try scratch.dataset(text).warning == nil, "\(text)")
    }
  }

  @Test func `what stands behind the array is told of`() throws {
    let outcomes = try scratch.dataset("[\(entry("a"))]\n\n[\(entry("b"))]").outcomes
    #expect(outcomes.count == 2)
    #expect(
      outcomes[1]
        == "\(scratch.path)/data.json:3: the file goes on behind the end of its array; mend or remove the entry")
  }

  @Test func `an entry's error names file, line, id and what is wrong`() throws {
    let cases: [(String, String)] = [
      (#"{"id": 7}"#, #""conversations" is missing or empty"#),
      (#"{"id": 7, "conversations": []}"#, #""conversations" is missing or empty"#),
      (#"{"id": 7, "conversations": {"from": "gpt"}}"#, #""conversations" is missing or empty"#),
      (#"{"id": 7, "conversations": ["hello"]}"#, #"turn 0 lacks "from" or "value", which are texts"#),
      (
        #"{"id": 7, "conversations": [{"from": "gpt", "value": 5}]}"#,
        #"turn 0 lacks "from" or "value", which are texts"#
      ),
      (
        #"{"id": 7, "conversations": [{"from": "bot", "value": ""}]}"#,
        #"turn 0 is from "bot"; known are human, gpt, system"#
      ),
      (#"{"id": 7, "conversations": [{"from": "human", "value": ""}]}"#, "no turn is an answer (gpt)"),
      (
        #"{"id": 7, "image": 3, "conversations": [{"from": "gpt", "value": ""}]}"#,
        #""image" is neither a path nor a list of paths"#
      ),
      (
        #"{"id": 7, "image": ["a", null], "conversations": [{"from": "gpt", "value": ""}]}"#,
        #""image" is neither a path nor a list of paths"#
      ),
      (
        #"{"id": 7, "image": ["a", ""], "conversations": [{"from": "gpt", "value": ""}]}"#,
        #""image" lists an empty path"#
      ),
      (
        #"{"id": 7, "image": "a", "conversations": [{"from": "human", "value": "<image><image>"}, {"from": "gpt", "value": ""}]}"#,
        "2 <image> marks in the questions but 1 images"
      ),
      (
        #"{"id": 7, "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": ""}]}"#,
        "1 <image> marks in the questions but 0 images"
      ),
      (
        #"{"id": 7, "image": "a", "conversations": [{"from": "gpt", "value": "<image>"}]}"#,
        "0 <image> marks in the questions but 1 images"
      ),
      (
        #"{"id": 7, "video": "x.mp4", "conversations": [{"from": "human", "value": "<video>"}, {"from": "gpt", "value": ""}]}"#,
        #"it has a "video", and videos are not supported yet"#
      ),
      (
        #"{"id": 7, "video": ["x.mp4"], "conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": ""}]}"#,
        #"it has a "video", and videos are not supported yet"#
      ),
      (
        #"{"id": 7, "conversations": [{"from": "human", "value": "<video>\nWhat?"}, {"from": "gpt", "value": ""}]}"#,
        "turn 0 has a <video> mark, and videos are not supported yet"
      ),
    ]
    for (text, reason) in cases {
      let dataset = try scratch.dataset("\n\n" + text)
      let error = DatasetError.entry(path: scratch.path + "/data.json", line: 3, id: "7", reason: reason)
      #expect(throws: error) { try dataset.sample(0) }
      #expect(dataset.outcomes == ["\(scratch.path)/data.json:3: sample \"7\": \(reason); mend or remove the entry"])
    }
  }

  @Test(arguments: ["[", "{\"a\":", "{\"conversations\":[{\"a\":"])
  func `nesting as deep as memory allows is an error and no crash`(bracket: String) throws {
    let deep = "{\"id\": " + String(repeating: bracket, count: 200_000)
    let outcomes = try scratch.dataset([entry("a"), deep, entry("b")].joined(separator: "\n")).outcomes
    #expect(outcomes[0] == "a" && outcomes[2] == "b")
    #expect(outcomes[1].hasSuffix("data.json:2: not a JSON object; mend or remove the entry"))
    #expect(try scratch.dataset("[\(entry("a")),\n" + deep).outcomes.count == 2)
  }

  @Test func `bytes that are no text are an error of their entry`() throws {
    var bytes = Array((entry("a") + "\n" + entry("b") + "\n" + entry("c")).utf8)
    bytes[try #require(bytes.firstIndex(of: UInt8(ascii: "b")))] = 0xFF
    let path = try scratch.write("data.jsonl", bytes)
    let outcomes = try LlavaDataset(name: "d", path: path, imageDirectory: nil).outcomes
    #expect(outcomes[0] == "a" && outcomes[2] == "c" && outcomes[1].contains("data.jsonl:2: not a JSON object"))
  }

  @Test func `a file that shrinks while it is used is an error and no crash`() throws {
    let dataset = try scratch.dataset((0..<9).map { entry("s\($0)") }.joined(separator: "\n"))
    #expect(truncate(dataset.path, 200) == 0)
    #expect(try dataset.sample(0).id == "s0")
    #expect(throws: DatasetError.shortened(path: dataset.path)) {
      try dataset.sample(8)
    }
  }
}
