import Foundation
import Media
import Tensors
import Text

/// The built-in demo: a generated world of pictures, captions and questions, with a tokenizer made for its words.
public enum PictureWorld {
  /// Writes images/, captions.json, chat.json, text.json, heldout-captions.json, heldout-chat.json and tokenizer/.
  ///
  /// The same seed gives the same bytes. Held-out pictures show combinations of objects that training never does.
  public static func write(to directory: String, seed: UInt64, pictures: Int, heldOut: Int) throws {
    let files = FileManager.default
    for folder in ["images", "tokenizer"] {
      try files.createDirectory(atPath: directory + "/" + folder, withIntermediateDirectories: true)
    }
    var random = RandomStream(seed, RandomStream.key("picture world"))
    var (captions, chat, heldCaptions, heldChat) = ([Any](), [Any](), [Any](), [Any]())
    var number = 0
    while captions.count < pictures || heldCaptions.count < heldOut {
      let scene = Scene(&random)
      let held = scene.isHeldOut
      guard held ? heldCaptions.count < heldOut : captions.count < pictures else { continue }
      let image = String(format: "images/%05d.png", number)
      number += 1
      try write(try ImageEncoder.png(scene.image()), to: directory + "/" + image)
      let caption = entry(image, [("<image>\n", scene.caption)])
      let turns = (0..<(held ? 1 : turnsOfChat)).map { turn in
        let (question, answer) = scene.question(&random)
        return (turn == 0 ? "<image>\n" + question : question, answer)
      }
      if held {
        heldCaptions.append(caption)
        heldChat.append(entry(image, turns))
      } else {
        captions.append(caption)
        chat.append(entry(image, turns))
      }
    }
    // Once for all pictures, before anything refers to them.
    sync()
    var text: [Any] = []
    while text.count < pictures / 4 {
      let scene = Scene(&random)
      // Words alone could give a held-out combination away too.
      if scene.isHeldOut { continue }
      text.append(entry(nil, [("Think of a picture.", scene.caption)], id: "text-\(text.count)"))
    }
    for (name, entries) in [
      ("captions", captions), ("chat", chat), ("text", text), ("heldout-captions", heldCaptions),
      ("heldout-chat", heldChat),
    ] {
      let data = try JSONSerialization.data(withJSONObject: entries, options: [.sortedKeys, .withoutEscapingSlashes])
      try data.write(to: URL(fileURLWithPath: "\(directory)/\(name).json"), options: .atomic)
    }
    try writeTokenizer(directory + "/tokenizer")
  }

  /// Questions about a training picture.
  private static let turnsOfChat = 6

  /// Hands a picture to the system. `Data.write` would wait for the disk, thousands of times.
  private static func write(_ picture: [UInt8], to path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: Data(picture))
  }

  private static func entry(_ image: String?, _ turns: [(String, String)], id: String? = nil) -> [String: Any] {
    var entry: [String: Any] = [
      "id": id ?? image ?? "",
      "conversations": turns.flatMap { [["from": "human", "value": $0.0], ["from": "gpt", "value": $0.1]] },
    ]
    if let image { entry["image"] = image }
    return entry
  }

  private static func writeTokenizer(_ directory: String) throws {
    let special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<pad>"]
    let json = BytePairVocabularyBuilder.tokenizerJSON(words: Scene.words, specialTokens: special)
    try Data(json).write(to: URL(fileURLWithPath: directory + "/tokenizer.json"))
    let settings: [String: Any] = [
      "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<pad>",
      "chat_template": chatML,
    ]
    try JSONSerialization.data(withJSONObject: settings, options: [.prettyPrinted, .sortedKeys])
      .write(to: URL(fileURLWithPath: directory + "/tokenizer_config.json"))
  }

  private static let chatML =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
}
