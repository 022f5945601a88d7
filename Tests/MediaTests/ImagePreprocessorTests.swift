import Foundation
import Testing

@testable import Media

@Suite struct ImagePreprocessorTests {
  private func preprocessor(_ json: String) throws(MediaError) -> ImagePreprocessor {
    try ImagePreprocessor(json: Array(json.utf8), path: "p.json")
  }

  private func floats(_ data: Data) -> [Float] {
    let bytes = Array(data)
    return stride(from: 0, to: bytes.count, by: 4).map {
      Float(bitPattern: UInt32(truncatingIfNeeded: bytes.littleEndian(at: $0, bytes: 4)))
    }
  }

  @Test func `pixel values are those of the Pillow processors of transformers, to the bit`() throws {
    let entries = try Golden.read("preprocessing.json", as: Golden.Preprocessed.self)
    #expect(entries.count == 8)
    for entry in entries {
      let processor = try preprocessor(entry.configuration)
      var onWhite = try #require(JSONSerialization.jsonObject(with: Data(processor.json)) as? [String: Any])
      onWhite["alpha_background"] = [255, 255, 255]
      let whitened = try ImagePreprocessor(
        json: Array(JSONSerialization.data(withJSONObject: onWhite)), path: "white.json")
      for image in entry.images {
        let path = try Golden.image(image.file)
        let expected = floats(image.values)
        #expect(expected.count == 3 * processor.height * processor.width)
        #expect(try processor(path: path) == expected, "\(entry.processor) of \(image.file)")
        #expect(try processor.load(Golden.bytes(image.file)) == expected, "\(entry.processor) of \(image.file)")
        if let data = image.valuesOnWhite {
          #expect(try whitened.load(path: path) == floats(data), "\(entry.processor) on white")
        }
      }
    }
  }

  @Test func `a configuration is written as transformers writes it`() throws {
    for entry in try Golden.read("preprocessing.json", as: Golden.Preprocessed.self) {
      let processor = try preprocessor(entry.configuration)
      #expect(try ImagePreprocessor(json: processor.json, path: "again.json") == processor, "\(entry.processor)")
      // Where a step is left out, transformers still writes its numbers.
      if entry.processor == "clip-uncropped-scale" { continue }
      #expect(String(decoding: processor.json, as: UTF8.self) == entry.configuration, "\(entry.processor)")
    }
  }

  @Test func `a configuration from before 2023 has the meaning of today's`() throws {
    let old = try preprocessor(
      #"{"feature_extractor_type": "CLIPFeatureExtractor", "size": 336, "crop_size": 224, "resample": 3}"#)
    #expect(old.kind == .clip && old.size == .shortestEdge(336))
    #expect(old.height == 224 && old.width == 224)
    #expect(old.mean == [0.48145466, 0.4578275, 0.40821073])
  }

  @Test func `a new one resizes to a square and survives its JSON`() throws {
    let new = ImagePreprocessor(
      size: 8, mean: [0.2, 0.5, 0.4], std: [0.1, 0.2, 0.3], resample: .nearest, padToSquare: true,
      alpha: .flatten(red: 255, green: 0, blue: 7))
    #expect(try ImagePreprocessor(json: new.json, path: "new.json") == new)
    let wide = RGBImage(width: 4, height: 2, pixels: [UInt8](repeating: 255, count: 24))
    let values = new.pixelValues(wide)
    #expect(values.count == 3 * 8 * 8)
    // The corner is padding of int(255 * 0.2) = 51, which normalizes to about zero; the centre is white.
    #expect(abs(values[0]) < 1e-6)
    #expect(values[8 * 4 + 4] == (1 - 0.2) / 0.1)
    #expect(ImagePreprocessor(size: 8, mean: [0, 0, 0], std: [1, 1, 1]).pixelValues(wide)[0] == 1)
  }

  @Test func `an elongated image costs what its crop costs`() throws {
    let processor = try preprocessor(#"{"image_processor_type": "CLIPImageProcessor"}"#)
    // Resized whole it would have 224 x 11,200,000 pixels.
    let line = RGBImage(width: 1, height: 50_000, pixels: [UInt8](repeating: 77, count: 150_000))
    let values = processor.pixelValues(line)
    #expect(values.count == 3 * 224 * 224)
    #expect(Set(values).count == 3)
  }

  @Test func `an elongated image is not padded beyond the pixel limit`() throws {
    let padding = ImagePreprocessor(size: 8, mean: [0, 0, 0], std: [1, 1, 1], padToSquare: true)
    let bytes = try ImageEncoder.png(RGBImage(width: 1, height: 1001, pixels: [UInt8](repeating: 7, count: 3003)))
    #expect(
      mediaError { try padding.load(bytes, maximumPixels: 1_000_000) }
        == .tooManyPixels(source: "image bytes (padded)", width: 1001, height: 1001, limit: 1_000_000))
    #expect(try padding.load(bytes, maximumPixels: 1_002_001).count == 192)
  }

  @Test(arguments: [
    (#""do_pad": true"#, "do_pad", "true"),
    (#""do_center_crop": false"#, "size", "nothing"),
    (#""size": "big""#, "size", #""big""#),
    (#""size": {"longest_edge": 5}"#, "size", #"{"longest_edge": 5}"#),
    (#""crop_size": 100000"#, "crop_size", "100000"),
    (#""crop_size": 0"#, "crop_size", "0"),
    (#""resample": 9"#, "resample", "9"),
    (#""image_mean": [0.5, 0.5]"#, "image_mean", "[0.5, 0.5]"),
    (#""image_std": [0.5, 0, 0.5]"#, "image_std", "[0.5, 0, 0.5]"),
    (#""do_resize": 1.5"#, "do_resize", "1.5"),
    (#""alpha_background": [0, 0, 256]"#, "alpha_background", "[0, 0, 256]"),
    (#""rescale_factor": "1/255""#, "rescale_factor", #""1/255""#),
  ])
  func `a value that cannot be meant is refused with its key`(member: String, key: String, found: String) {
    let error = mediaError { try preprocessor(#"{"image_processor_type": "CLIPImageProcessor", \#(member)}"#) }
    guard case .configuration("p.json", key, _, found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `an unknown or missing class is refused`() {
    let expected = "CLIPImageProcessor or SiglipImageProcessor or LlavaImageProcessor"
    #expect(
      mediaError { try preprocessor(#"{"image_processor_type": "Idefics3ImageProcessor"}"#) }
        == .configuration(
          path: "p.json", key: "image_processor_type", expected: expected, found: #""Idefics3ImageProcessor""#))
    #expect(
      mediaError { try preprocessor("{}") }
        == .configuration(path: "p.json", key: "image_processor_type", expected: expected, found: "nothing"))
  }

  @Test(arguments: [
    "", "[1]", "{", "nonsense", #"{"a": 1e999}"#, String(repeating: "[", count: 100_000),
    String(repeating: #"{"a": "#, count: 100_000),
  ])
  func `what is no JSON object is refused`(text: String) {
    #expect(mediaError { try preprocessor(text) } == .notJSON(path: "p.json"))
  }

  @Test func `deep nesting in a key that is not read does no harm`() throws {
    let nested = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
    #expect(try preprocessor(#"{"image_processor_type": "CLIPImageProcessor", "a": \#(nested)}"#).kind == .clip)
  }
}
