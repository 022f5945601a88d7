import Datasets
import Foundation

/// The built-in demo: its data are generated into the run directory, its recipe is part of the program.
enum Demo {
  static func recipePath(run: String) -> String { run + "/demo/recipe.yaml" }

  static let pictures = 12_000
  static let heldOut = 400
  static let seed: UInt64 = 7

  static func write(run: String) throws {
    guard !FileManager.default.fileExists(atPath: recipePath(run: run)) else { return }
    try write(to: run + "/demo", seed: seed, pictures: pictures, heldOut: heldOut)
  }

  /// The world, and behind it the recipe: where there is a recipe the data are complete.
  static func write(to directory: String, seed: UInt64, pictures: Int, heldOut: Int) throws {
    do {
      try PictureWorld.write(to: directory, seed: seed, pictures: pictures, heldOut: heldOut)
      try Data(recipe.utf8).write(to: URL(fileURLWithPath: directory + "/recipe.yaml"), options: .atomic)
    } catch {
      throw DatasetError.unwritable(path: directory, reason: systemReason(of: error))
    }
  }

  /// Also launch/recipes/demo.yaml, to be read and changed; a test holds the two together.
  static let recipe = """
    # The built-in demo: both stages of a run on a generated picture world. `vlm-dist data synth DIR` writes the world and
    # this file beside it; `vlm-dist train` without a recipe does so by itself.
    seed: 7
    model:
      vision:
        new: {model_type: siglip_vision_model, hidden_size: 96, intermediate_size: 192, num_hidden_layers: 3,
              num_attention_heads: 3, image_size: 48, patch_size: 6, vision_use_head: false}
      connector: {new: {kind: pixel_shuffle_mlp, factor: 2}}
      language:
        new: {model_type: llama, hidden_size: 128, intermediate_size: 256, num_hidden_layers: 3, num_attention_heads: 4,
              num_key_value_heads: 2, vocab_size: 400, tie_word_embeddings: true, initializer_range: 0.08}
        tokenizer: tokenizer
    data:
      captions: {format: llava, path: captions.json}
      chat: {format: llava, path: chat.json}
      text: {format: llava, path: text.json}
    chat_template: chatml
    stages:
      - name: align
        objective: supervised
        train: {vision: {lr: 2.0e-3}, connector: {lr: 2.0e-3}, language: {lr: 2.0e-3}}
        mix: {captions: 0.9, text: 0.1}
        batch: {global: 32, micro: 4, max_tokens: 128}
        optimizer: {kind: adamw, betas: [0.9, 0.98]}
        schedule: {kind: cosine, warmup: 0.05}
        until: {steps: 900}
      - name: instruct
        objective: supervised
        train: {connector: {lr: 1.5e-3}, language: {lr: 1.5e-3}, vision: {lr: 1.0e-3}}
        mix:
          - {at: 0.0, weights: {captions: 0.3, chat: 0.7}}
          - {at: 0.5, weights: {captions: 0.1, chat: 0.85, text: 0.05}}
        batch: {global: 32, micro: 4, max_tokens: 192}
        optimizer: {kind: adamw, betas: [0.9, 0.98]}
        schedule: {kind: cosine, warmup: 0.05}
        until: {steps: 1300}
    evaluation:
      data:
        held-out captions: {format: llava, path: heldout-captions.json}
        held-out questions: {format: llava, path: heldout-chat.json}
      examples: 6
    checkpoint: {every_steps: 100, keep: 2}

    """
}
