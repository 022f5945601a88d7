/// The keys that a new part may have: those that the models are built from, under Hugging Face's names.
///
/// A recipe is read without the models; `ModelAssemblyTests` holds this table against their configurations.
enum PartKeys {
  static let vision =
    [ConfigurationKey("model_type", .choice(["clip_vision_model", "siglip_vision_model"]))]
    + sizes(
      "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_channels", "image_size",
      "patch_size")
    + [
      ConfigurationKey("hidden_act", .choice(activations)), ConfigurationKey("layer_norm_eps", .number(.belowOne)),
      ConfigurationKey("vision_use_head", .flag),
    ]

  static let connector = [
    ConfigurationKey("kind", .choice(["mlp2x_gelu", "pixel_shuffle_mlp", "linear"])),
    ConfigurationKey("activation", .choice(activations)), ConfigurationKey("bias", .flag),
    ConfigurationKey("factor", .size),
  ]

  static let language =
    [ConfigurationKey("model_type", .choice(["llama", "qwen2"]))]
    + sizes(
      "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
      "num_key_value_heads", "head_dim", "max_position_embeddings")
    + [
      ConfigurationKey("rms_norm_eps", .number(.belowOne)), ConfigurationKey("tie_word_embeddings", .flag),
      ConfigurationKey("attention_bias", .flag), ConfigurationKey("mlp_bias", .flag),
      ConfigurationKey("initializer_range", .number(.share)), ConfigurationKey("hidden_act", .choice(["silu"])),
      ConfigurationKey("rope_parameters", .mapping(rope)), ConfigurationKey("use_sliding_window", .flag),
      // As transformers before 5 has them.
      ConfigurationKey("rope_theta", .number(.above(0))), ConfigurationKey("rope_scaling", .mapping(rope)),
    ]

  static let activations = ["gelu", "gelu_pytorch_tanh", "quick_gelu", "silu", "relu"]

  private static let rope = [
    ConfigurationKey("rope_type", .choice(["default", "linear", "llama3"])),
    ConfigurationKey("type", .choice(["default", "linear", "llama3"])),
    ConfigurationKey("rope_theta", .number(.above(0))), ConfigurationKey("factor", .number(.above(0))),
    ConfigurationKey("low_freq_factor", .number(.above(0))), ConfigurationKey("high_freq_factor", .number(.above(0))),
    ConfigurationKey("original_max_position_embeddings", .number(.above(0))),
  ]

  /// What a config.json of Hugging Face has besides, and a model of ours does not depend on: so that one can be pasted.
  static let ignored: Set<String> = [
    "_attn_implementation", "_name_or_path", "architectures", "attention_dropout", "bos_token_id", "dropout", "dtype",
    "eos_token_id", "initializer_factor", "initializer_range", "is_llama_config", "layer_types",
    "logit_scale_init_value", "max_window_layers", "model_type", "pad_token_id", "pretraining_tp", "projection_dim",
    "rope_interleaved", "sliding_window", "torch_dtype", "transformers_version", "use_cache",
  ]

  private static func sizes(_ names: String...) -> [ConfigurationKey] { names.map { ConfigurationKey($0, .size) } }
}
