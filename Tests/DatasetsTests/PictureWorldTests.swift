import Foundation
import Media
import Tensors
import Testing
import Text

@testable import Datasets

@Suite struct PictureWorldTests {
  private struct Entry: Decodable {
    struct Turn: Decodable {
      let from: String
      let value: String
    }

    let id: String
    let image: String?
    let conversations: [Turn]
  }

  /// A world in a directory of its own, removed at the end of the test.
  private final class World {
    let path: String

    init(seed: UInt64, pictures: Int = 60, heldOut: Int = 40) throws {
      path = FileManager.default.temporaryDirectory.appendingPathComponent("world-\(UUID().uuidString)").path
      try PictureWorld.write(to: path, seed: seed, pictures: pictures, heldOut: heldOut)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func entries(_ name: String) throws -> [Entry] {
      try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name).json")))
    }

    /// Every file with its bytes, by its path in the directory.
    func files() throws -> [String: Data] {
      var all: [String: Data] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
        if let data = FileManager.default.contents(atPath: path + "/" + name) { all[name] = data }
      }
      return all
    }

    static let sets = ["captions", "chat", "text", "heldout-captions", "heldout-chat"]
  }

  private func scenes(_ count: Int, seed: UInt64 = 5) -> [Scene] {
    var random = RandomStream(seed)
    return (0..<count).map { _ in Scene(&random) }
  }

  @Test func `the same seed gives the same bytes, another seed other ones`() throws {
    let first = try World(seed: 3).files()
    #expect(first.count == 60 + 40 + World.sets.count + 2)
    #expect(try World(seed: 3).files() == first)
    let other = try World(seed: 4).files()
    #expect(other["captions.json"] != first["captions.json"] && other["images/00000.png"] != first["images/00000.png"])
  }

  @Test func `held-out combinations are never seen in training, neither as pictures nor as words`() throws {
    let world = try World(seed: 7, pictures: 1500, heldOut: 150)
    func captions(_ set: String) throws -> Set<String> {
      Set(try world.entries(set).map { $0.conversations[1].value })
    }
    let held = try captions("heldout-captions")
    #expect(held.count > 40)
    #expect(held.isDisjoint(with: try captions("captions")))
    #expect(held.isDisjoint(with: try captions("text")))
    let pictures = try World.sets.map { Set(try world.entries($0).compactMap(\.image)) }
    #expect(pictures[0].isDisjoint(with: pictures[3]))
    #expect(pictures[1] == pictures[0] && pictures[4] == pictures[3])
  }

  @Test func `each object and each word of a held-out caption is known from training`() throws {
    let world = try World(seed: 7, pictures: 1500, heldOut: 150)
    func objects(_ set: String) throws -> Set<String> {
      Set(
        try world.entries(set).flatMap { entry in
          entry.conversations[1].value.components(separatedBy: " to the left of ").map { String($0.dropFirst(2)) }
        })
    }
    #expect(try objects("heldout-captions").isSubset(of: objects("captions")))
  }

  @Test func `every answer is right for its scene`() throws {
    var random = RandomStream(11)
    var kinds: [String: Int] = [:]
    for scene in scenes(400) {
      for _ in 0..<10 {
        let (question, answer) = scene.question(&random)
        let kind = question.split(separator: " ").prefix(2).joined(separator: " ")
        kinds[kind + (kind == "Is there" ? " " + answer : ""), default: 0] += 1
        #expect(answer == truth(question, scene), "\(question) of \(scene.caption)")
      }
    }
    #expect(Set(kinds.keys) == ["What colour", "What shape", "How many", "Is there yes", "Is there no", "What is"])
    #expect(kinds.values.allSatisfy { $0 > 150 })
  }

  /// The answer found by looking at the scene's objects, from the question's words alone.
  private func truth(_ question: String, _ scene: Scene) -> String? {
    let words = question.dropLast().split(separator: " ").map(String.init)
    func name(_ object: Scene.Object) -> String { "\(object.colour.name) \(object.shape.rawValue)" }
    switch (words[0], words[1]) {
    case ("What", "colour"):
      let named = scene.objects.filter { $0.shape.rawValue == words[4] }
      return named.count == 1 ? named[0].colour.name : nil
    case ("What", "shape"):
      let named = scene.objects.filter { $0.colour.name == words[3] }
      return named.count == 1 ? named[0].shape.rawValue : nil
    case ("How", "many"): return ["none", "one", "two"][scene.objects.count]
    case ("Is", "there"): return scene.objects.contains { $0.shape.rawValue == words[3] } ? "yes" : "no"
    default:
      let places = zip(scene.objects, scene.places).sorted { $0.1.x < $1.1.x }
      guard places.count == 2, let found = words.last == "left" ? places.first : places.last else { return nil }
      return name(found.0)
    }
  }

  @Test func `a picture shows the objects of its caption where they are said to be, and nothing else`() {
    for scene in scenes(200) {
      let image = scene.image()
      func count(_ colour: Scene.Colour, columns: Range<Int>) -> Int {
        (0..<image.height).reduce(0) { sum, y in
          sum
            + columns.count { x in
              Array(image.pixels[(y * image.width + x) * 3..<(y * image.width + x) * 3 + 3])
                == [colour.red, colour.green, colour.blue]
            }
        }
      }
      let middle = image.width / 2
      for (index, object) in scene.objects.enumerated() {
        let all = count(object.colour, columns: 0..<image.width)
        #expect(all > 40, "\(scene.caption)")
        guard scene.objects.count == 2 else { continue }
        #expect(
          count(object.colour, columns: index == 0 ? 0..<middle : middle..<image.width) == all, "\(scene.caption)")
      }
      let named = Set(scene.objects.map(\.colour.name))
      for colour in Scene.Colour.all where !named.contains(colour.name) {
        #expect(count(colour, columns: 0..<image.width) == 0, "\(scene.caption)")
      }
    }
  }

  @Test func `every word is one token, so no text falls back to bytes`() throws {
    let world = try World(seed: 7, pictures: 400, heldOut: 100)
    let tokenizer = try Tokenizer(path: world.path + "/tokenizer")
    for set in World.sets {
      for turn in try world.entries(set).flatMap(\.conversations) {
        let text = turn.value.replacing("<image>\n", with: "")
        let marks = text.count { ".?".contains($0) }
        let words = text.replacing(".", with: "").replacing("?", with: "").split(separator: " ").count
        #expect(tokenizer.encode(text).count == words + marks, "\(text)")
      }
    }
    for role in ["user", "assistant", "system"] { #expect(tokenizer.encode(role).count == 1) }
  }
}
