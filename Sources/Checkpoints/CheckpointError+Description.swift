import Glibc

extension CheckpointError: CustomStringConvertible {
  /// One line: what, where, and what to do.
  public var description: String {
    switch self {
    case .system(let action, let path, let code):
      "cannot \(action) \(path): \(String(cString: strerror(code)))\(advice(code))"
    case .header(let path, let fault):
      "\(path) is not a safetensors file: \(fault); download or write it again"
    case .entry(let path, let tensor, let fault):
      "\(path), tensor \"\(tensor)\": \(fault); download or write the file again"
    case .index(let path, let fault):
      "\(path): \(fault)"
    case .noModel(let directory):
      "\(directory) has neither model.safetensors nor model.safetensors.index.json; give the directory of a model"
    case .noTensor(let path, let tensor):
      "\(path) has no tensor \"\(tensor)\"; check that it is a checkpoint of this kind of model"
    case .elementType(let path, let tensor, let found, let wanted):
      "\(path), tensor \"\(tensor)\" is \(found.rawValue), but \(wanted) is needed"
    case .unusableName(let path, let tensor):
      "\(path): the name \"\(tensor)\" is given twice or reserved by the format; give every tensor a name of its own"
    case .damaged(let path, let fault):
      "\(path) is damaged: \(fault)"
    case .newerVersion(let path, let found, let supported):
      "\(path) has version \(found), this program reads up to \(supported); use the program that wrote it"
    case .inconsistent(let path, let reason):
      "\(path) cannot be completed: \(reason); all ranks must save the same tensors at the same step"
    case .elementCount(let path, let tensor, let expected, let found):
      "\(path), tensor \"\(tensor)\" has \(expected) elements, but there is room for \(found); "
        + "resume with the model and optimizer of the run"
    case .noneGood(let path, let count):
      "\(path): none of \(count) checkpoints is whole; restore one from a copy, or start in a new run directory"
    case .occupied(let directory, let entry):
      "\(directory) is not empty, and no earlier export (it has \(entry)); give a new or an empty directory"
    case .compression(let path, let reason):
      "cannot compress \(path): \(reason)"
    }
  }

  private func advice(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "; free some space or save elsewhere"
    case EACCES, EPERM, EROFS: "; check the permissions"
    default: ""
    }
  }
}

extension HeaderFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noLength(let bytes): "it has \(bytes) bytes, and the length of its header alone takes 8"
    case .beyondFile(let length, let bytes): "its header should have \(length) bytes, the file has \(bytes)"
    case .tooLong(let length, let limit): "its header should have \(length) bytes, the format allows \(limit)"
    case .json(let fault): "header, \(fault)"
    }
  }
}

extension JSONFault: CustomStringConvertible {
  public var description: String { "byte \(offset): expected \(expected)" }
}

extension EntryFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .duplicate: "it is listed twice"
    case .unknownType(let type):
      "unknown dtype \"\(type)\" (known: \(ElementType.allCases.map(\.rawValue).joined(separator: ", ")))"
    case .missing(let field): "\"\(field)\" is missing"
    case .negativeDimension(let dimension): "negative dimension \(dimension) in its shape"
    case .tooManyElements(let shape): "shape \(shape) has more elements than memory can address"
    case .outsideData(let begin, let end, let bytes):
      "its bytes \(begin) to \(end) do not lie in the \(bytes) bytes of data"
    case .byteCount(let expected, let found): "its shape and dtype need \(expected) bytes, its offsets span \(found)"
    case .overlaps(let tensor): "its bytes overlap those of \"\(tensor)\""
    case .hole(let begin, let end): "bytes \(begin) to \(end) before it belong to no tensor"
    case .trailing(let bytes): "\(bytes) bytes after it belong to no tensor"
    }
  }
}

extension IndexFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .json(let fault): "\(fault); download or write it again"
    case .noWeightMap: "\"weight_map\" is missing; download or write it again"
    case .duplicate(let tensor): "tensor \"\(tensor)\" is listed twice; download or write it again"
    case .escapes(let tensor, let file):
      "tensor \"\(tensor)\" is said to be in \"\(file)\", which is no plain file name; do not trust this model"
    case .missingShard(let file): "the shard \"\(file)\" is missing; download it into the same directory"
    case .notInShard(let tensor, let file):
      "tensor \"\(tensor)\" is not in its shard \"\(file)\"; download index and shards of the same revision"
    }
  }
}

extension Damage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noManifest: "it has no manifest.json"
    case .missingShard: "the file is missing"
    case .size(let expected, let found): "it has \(found) bytes instead of \(expected)"
    case .manifestChecksum: "the checksum of the manifest does not match"
    case .manifestContent(let reason): "the manifest makes no sense (\(reason))"
    case .chunkChecksum(let tensor, let first, let plane):
      "checksum of tensor \"\(tensor)\", elements from \(first), byte plane \(plane) does not match"
    case .chunkContent(let tensor, let first, let plane):
      "tensor \"\(tensor)\", elements from \(first), byte plane \(plane) cannot be decompressed"
    case .features(let offset): "the features from byte \(offset) on are not as they were written"
    }
  }
}
