import Checkpoints
import Foundation
import Tensors
import Testing

struct SafetensorsWriterTests {
  private let tensors: [(name: String, tensor: Tensor)] = [
    ("b \"q\" \u{1}ä", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])), ("a", Tensor([-0.5], shape: [])),
    ("none", Tensor([], shape: [0, 7])), ("c", Tensor((0..<100).map { Float($0) }, shape: [100])),
  ]

  @Test func `what is written is read back`() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/model.safetensors"
    try SafetensorsWriter.write(tensors, metadata: ["format": "pt", "x": "y\n"], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.names == tensors.map(\.name))
    #expect(file.metadata == ["format": "pt", "x": "y\n"])
    for (name, tensor) in tensors {
      #expect(try file.tensor(name).array == tensor.array)
      #expect(try file.tensor(name).shape == tensor.shape)
    }
    #expect(directory.entries == ["model.safetensors"])
  }

  @Test func `the bytes are those of the library`() throws {
    let directory = try TemporaryDirectory()
    let names = (0..<3).map { "layer.\($0).weight" }
    let original = try SafetensorsFile(path: golden("sharded/model-00001-of-00002.safetensors"))
    let path = "\(directory.path)/x"
    try SafetensorsWriter.write(names.map { ($0, try original.tensor($0)) }, to: path)
    #expect(try contents(path) == contents(golden("sharded/model-00001-of-00002.safetensors")))
  }

  @Test func `names that cannot be told apart are refused`() {
    let twice = [("a", tensors[1].tensor), ("a", tensors[1].tensor)]
    let refused = failure { () throws(CheckpointError) in try SafetensorsWriter.write(twice, to: "/nowhere/x") }
    #expect(refused == .unusableName(path: "/nowhere/x", tensor: "a"))
    let reserved = [("__metadata__", tensors[1].tensor)]
    let error = failure { () throws(CheckpointError) in try SafetensorsWriter.write(reserved, to: "/nowhere/x") }
    #expect(error == .unusableName(path: "/nowhere/x", tensor: "__metadata__"))
  }

  @Test func `a large model becomes shards with an index, a small one a single file`() throws {
    let directory = try TemporaryDirectory()
    try SafetensorsWriter.writeDirectory(tensors, to: directory.path)
    #expect(directory.entries == ["model.safetensors"])
    // 24 + 4 bytes fit, 400 more do not.
    try SafetensorsWriter.writeDirectory(tensors, to: directory.path, maximumShardBytes: 28)
    #expect(
      directory.entries == [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
      ])
    let model = try ShardedSafetensors(directory: directory.path)
    #expect(model.names == tensors.map(\.name))
    for (name, tensor) in tensors { #expect(try model.tensor(name).array == tensor.array) }
    try SafetensorsWriter.writeDirectory(tensors, to: directory.path)
    #expect(try ShardedSafetensors(directory: directory.path).shards.count == 1)
    #expect(!directory.entries.contains("model.safetensors.index.json"))
  }
}
