import Checkpoints
import Foundation
import Tensors
import Testing

struct SafetensorsFileTests {
  @Test func `every element type of the library is read`() throws {
    let file = try SafetensorsFile(path: golden("types.safetensors"))
    #expect(try file.tensor("plain").array == (0..<6).map { Float($0) / 7 })
    #expect(try file.tensor("plain").shape == [2, 3])
    #expect(try file.integers("ids") == [0, -1, 1 << 62, Int64.min])
    #expect(try file.integers("short") == [7, -8])
    #expect(file.entry("short")?.shape == [1, 2])
    #expect(try file.integers("bytes") == [0, 255, 3])
    #expect(try file.integers("flags") == [1, 0, 1])
    #expect(try file.tensor("scalar").array == [42.5])
    #expect(file.entry("scalar")?.shape == [])
    #expect(try file.tensor("empty").shape == [0, 4])
    #expect(try file.tensor("odd \"näme\"\n").array == [1.5])
    #expect(file.metadata == ["format": "pt", "note": "a \"quote\""])
    #expect(file.names.count == 10)
  }

  @Test func `bfloat16 is widened exactly, special values included`() throws {
    let file = try SafetensorsFile(path: golden("types.safetensors"))
    let brain = try file.tensor("brain").array
    #expect(brain[0].bitPattern == 0)
    #expect(brain[1].bitPattern == 0x8000_0000)
    #expect(brain[3] == -2.5)
    #expect(brain[7] == .infinity)
    #expect(brain[8] == -.infinity)
    #expect(brain[9].isNaN)
    #expect(brain[11] == Float(bitPattern: 0x3A83_0000))
  }

  @Test func `binary16 is widened to the bits PyTorch gives`() throws {
    let file = try SafetensorsFile(path: golden("halves.safetensors"))
    let (found, expected) = (try file.tensor("half").array, try file.tensor("expected").array)
    #expect(found.count == 1772)
    for (found, expected) in zip(found, expected) {
      // A signalling NaN may come out quiet: only that it is one is kept.
      #expect(found.bitPattern == expected.bitPattern || found.isNaN && expected.isNaN)
    }
  }

  @Test func `a file that is written over changes no tensor, and one that was cut is told`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("a.safetensors", contents(golden("types.safetensors")))
    let file = try SafetensorsFile(path: path)
    let before = try file.tensor("plain")
    let values = before.array
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 16)
    try handle.close()
    #expect(before.array == values)
    let fault = failure { () throws(CheckpointError) in _ = try file.tensor("plain") }
    guard case .damaged(path, .size) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
  }

  @Test func `a tensor outlives its file object`() throws {
    let tensor = try SafetensorsFile(path: golden("types.safetensors")).tensor("plain")
    #expect(tensor.array[5] == Float(5) / 7)
  }

  @Test func `an F32 tensor may lie at an odd place of the file`() throws {
    let directory = try TemporaryDirectory()
    let header =
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
    let path = try directory.file("odd.safetensors", safetensors(header, data: 9))
    #expect(try SafetensorsFile(path: path).tensor("b").array.map(\.bitPattern) == [0x0101_0101, 0x0101_0101])
  }

  @Test func `asking for the wrong thing says what there is`() throws {
    let path = try golden("types.safetensors")
    let file = try SafetensorsFile(path: path)
    #expect(failure { () throws(CheckpointError) in _ = try file.tensor("no") } == .noTensor(path: path, tensor: "no"))
    #expect(
      failure { () throws(CheckpointError) in _ = try file.tensor("ids") }
        == .elementType(path: path, tensor: "ids", found: .i64, wanted: "F32, F16 or BF16"))
    #expect(
      failure { () throws(CheckpointError) in _ = try file.integers("half") }
        == .elementType(path: path, tensor: "half", found: .f16, wanted: "I64, I32, U8 or BOOL"))
  }
}
