#!/usr/bin/env python3
"""Write a vision-language model around SmolLM2-135M-Instruct, and a batch for it, as the peer's make_bench_model.py does.

usage: smollm2_llava.py SMOLLM2 OUT        (SMOLLM2: the directory that launch/smollm2 makes)

OUT/model  LlavaForConditionalGeneration: the benchmark model's SigLIP tower and two-layer connector with random weights,
           before the language model as it is; its last token stands for the image
OUT/batch.safetensors  pixel_values, input_ids, labels of two samples; random text, 46 of 60 tokens supervised
needs: torch (CPU), transformers, safetensors
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import (AutoModelForCausalLM, LlavaConfig, LlavaForConditionalGeneration, SiglipVisionConfig)

source, out = map(pathlib.Path, sys.argv[1:])
torch.manual_seed(0)
language = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
vision = SiglipVisionConfig(hidden_size=384, intermediate_size=1536, num_hidden_layers=8, num_attention_heads=6,
                            image_size=224, patch_size=16)
patches = (vision.image_size // vision.patch_size) ** 2
vocabulary = language.config.vocab_size
image = vocabulary - 1
model = LlavaForConditionalGeneration(LlavaConfig(
    vision_config=vision, text_config=language.config, image_token_index=image, vision_feature_layer=-1,
    vision_feature_select_strategy="full", projector_hidden_act="gelu", image_seq_length=patches,
    tie_word_embeddings=language.config.tie_word_embeddings))
model.model.language_model.load_state_dict(language.model.state_dict())
model.lm_head.weight = language.lm_head.weight
model.tie_weights()
model.save_pretrained(out / "model")

samples, text, prompt = 2, 60, 14
ids = torch.randint(0, vocabulary - 2, (samples, patches + text))
ids[:, 4:4 + patches] = image
labels = ids.clone()
labels[:, :patches + prompt] = -100
pixels = torch.randn(samples, 3, vision.image_size, vision.image_size)
save_file({"pixel_values": pixels, "input_ids": ids, "labels": labels}, out / "batch.safetensors")
print(out, sum(p.numel() for p in model.parameters()), "parameters,", ids.numel(), "positions")
