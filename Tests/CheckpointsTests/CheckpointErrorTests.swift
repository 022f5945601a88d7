import Checkpoints
import Glibc
import Testing

struct CheckpointErrorTests {
  private static let messages: [(CheckpointError, String)] = [
    (
      .system(action: "write", path: "/run/a", errno: ENOSPC),
      "cannot write /run/a: No space left on device; free some space or save elsewhere"
    ),
    (
      .system(action: "open", path: "/run/a", errno: ENOENT),
      "cannot open /run/a: No such file or directory"
    ),
    (
      .header(path: "m", fault: .beyondFile(length: 900, fileBytes: 90)),
      "m is not a safetensors file: its header should have 900 bytes, the file has 90; download or write it again"
    ),
    (
      .header(path: "m", fault: .json(JSONFault(offset: 12, expected: "a colon"))),
      "m is not a safetensors file: header, byte 12: expected a colon; download or write it again"
    ),
    (
      .entry(path: "m", tensor: "a.weight", fault: .byteCount(expected: 12, found: 8)),
      "m, tensor \"a.weight\": its shape and dtype need 12 bytes, its offsets span 8; download or write the file again"
    ),
    (
      .entry(path: "m", tensor: "a", fault: .unknownType("F64")),
      "m, tensor \"a\": unknown dtype \"F64\" (known: F32, F16, BF16, I64, I32, U8, BOOL); "
        + "download or write the file again"
    ),
    (
      .index(path: "i", fault: .escapes(tensor: "a", file: "../b")),
      "i: tensor \"a\" is said to be in \"../b\", which is no plain file name; do not trust this model"
    ),
    (
      .damaged(path: "s", fault: .chunkChecksum(tensor: "w", first: 1_048_576, plane: 3)),
      "s is damaged: checksum of tensor \"w\", elements from 1048576, byte plane 3 does not match"
    ),
    (
      .newerVersion(path: "s", found: 2, supported: 1),
      "s has version 2, this program reads up to 1; use the program that wrote it"
    ),
    (
      .occupied(directory: "out", entry: "a.txt"),
      "out is not empty, and no earlier export (it has a.txt); give a new or an empty directory"
    ),
  ]

  @Test(arguments: messages.indices)
  func `messages say what, where and what to do`(index: Int) {
    #expect(Self.messages[index].0.description == Self.messages[index].1)
  }
}
