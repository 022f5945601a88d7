import Checkpoints
import Foundation
import Kernels
import Models
import Pretrained

/// What vision features depend on beside the picture, in one number: another tower, image processor or arithmetic never
/// reads what this one has written.
enum FeatureFingerprint {
  /// To be raised whenever decoding, resizing or the tower computes something else.
  private static let version = 2

  static func of(_ loaded: LoadedModel, precision: ProductPrecision) throws -> UInt64 {
    let configuration = loaded.model.configuration
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var lines = [
      "version \(version)", "precision \(precision.rawValue)", "products \(OpenBLAS.core) \(OpenBLAS.configuration)",
      "oneDNN \(OneDNN.version) \(OneDNN.hasAVX512)",
      "vision \(String(decoding: try encoder.encode(configuration.vision), as: UTF8.self))",
      "layer \(configuration.featureLayer) without first row \(configuration.dropsFirstRow)",
      "processor \(loaded.preprocessor.map { String(decoding: $0.json, as: UTF8.self) } ?? "none")",
    ]
    for parameter in loaded.model.store.parameters where loaded.model.usesVisionParameter(parameter.name) {
      let hash = unsafe XXH64.hash(
        UnsafeRawBufferPointer(
          start: parameter.value.pointer, count: parameter.count * MemoryLayout<Float>.stride))
      lines.append("\(parameter.name) \(parameter.shape) \(hash)")
    }
    return XXH64.hash(lines.joined(separator: "\n").utf8)
  }
}
