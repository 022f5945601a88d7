import Checkpoints
import Foundation
import Tensors
import Testing

struct ShardedSafetensorsTests {
  @Test func `shards written by the library are one model`() throws {
    let model = try ShardedSafetensors(directory: golden("sharded"))
    #expect(model.shards.count == 2)
    #expect(model.names == (0..<5).map { "layer.\($0).weight" })
    for layer in 0..<5 {
      let tensor = try model.tensor("layer.\(layer).weight")
      #expect(tensor.shape == [2, 4])
      #expect(tensor.array == (0..<8).map { Float(layer) + Float($0 % 4) / 8 })
    }
    #expect(model.entry("layer.9.weight") == nil)
  }

  private func indexFault(_ index: String) throws -> IndexFault? {
    let directory = try TemporaryDirectory()
    let first = "model-00001-of-00002.safetensors"
    _ = try directory.file(first, contents(golden("sharded/\(first)")))
    _ = try directory.file("model.safetensors.index.json", Array(index.utf8))
    let error = failure { () throws(CheckpointError) in _ = try ShardedSafetensors(directory: directory.path) }
    guard case .index(_, let fault) = error else { return nil }
    return fault
  }

  @Test func `an index that is wrong is refused by its fault`() throws {
    let file = "model-00001-of-00002.safetensors"
    let gone = "gone.safetensors"
    #expect(try indexFault(#"{"weight_map":{"layer.0.weight":"\#(gone)"}}"#) == .missingShard(file: gone))
    #expect(try indexFault(#"{"weight_map":{"x":"\#(file)"}}"#) == .notInShard(tensor: "x", file: file))
    for name in ["../x.safetensors", "/etc/passwd", "..", ".", "", "a/b"] {
      #expect(try indexFault(#"{"weight_map":{"x":"\#(name)"}}"#) == .escapes(tensor: "x", file: name))
    }
    #expect(try indexFault(#"{"weight_map":{"x":"a","x":"a"}}"#) == .duplicate(tensor: "x"))
    #expect(try indexFault(#"{"metadata":{"a":[1,{"b":null}],"c":-1.5e3,"d":true}}"#) == .noWeightMap)
    #expect(try indexFault("{") == .json(JSONFault(offset: 1, expected: "a string")))
    let deep = "{\"metadata\":" + String(repeating: "[", count: 100_000)
    #expect(try indexFault(deep) == .json(JSONFault(offset: 77, expected: "at most 64 levels")))
  }

  @Test func `a directory without a model says so`() throws {
    let directory = try TemporaryDirectory()
    let error = failure { () throws(CheckpointError) in _ = try ShardedSafetensors(directory: directory.path) }
    #expect(error == .noModel(directory: directory.path))
  }
}
