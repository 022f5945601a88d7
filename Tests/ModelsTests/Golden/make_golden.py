#!/usr/bin/env python3
"""Write the reference values of ModelsTests: two tiny LLaVA models as transformers computes them.

usage: make_golden.py        (writes beside itself; needs torch, transformers, safetensors)

NAME/config.json, NAME/model.safetensors    random weights
NAME/reference.safetensors                  see make_reference.py
"""
import pathlib, shutil, torch
from safetensors import safe_open
from make_reference import write_reference
from transformers import (CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, Qwen2Config,
                          SiglipVisionConfig)

here = pathlib.Path(__file__).parent
CASES = {
    "siglip-qwen2": dict(
        vision=SiglipVisionConfig(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
                                  image_size=20, patch_size=5, vision_use_head=False),
        text=Qwen2Config(vocab_size=70, hidden_size=32, intermediate_size=44, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True),
        tie=True, layer=-1, select="full", tokens=16),
    "clip-llama": dict(
        vision=CLIPVisionConfig(hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2,
                                image_size=18, patch_size=6),
        text=LlamaConfig(vocab_size=70, hidden_size=32, intermediate_size=44, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=False,
                         rope_theta=5000.0, rms_norm_eps=1e-5),
        tie=False, layer=-2, select="default", tokens=9),
}
for name, c in CASES.items():
    torch.manual_seed(3)
    out = here / name
    shutil.rmtree(out, ignore_errors=True)
    model = LlavaForConditionalGeneration(LlavaConfig(
        vision_config=c["vision"], text_config=c["text"], image_token_index=69, vision_feature_layer=c["layer"],
        vision_feature_select_strategy=c["select"], tie_word_embeddings=c["tie"], image_seq_length=c["tokens"]))
    with torch.no_grad():
        for p in model.parameters():   # norms and biases away from one and zero, so that a lost one shows
            p.add_(torch.randn_like(p) * 0.05)
    model.save_pretrained(out)
    (out / "generation_config.json").unlink(missing_ok=True)
    with safe_open(out / "model.safetensors", "pt") as f:
        saved = list(f.keys())
    image, n = model.config.vision_config.image_size, c["tokens"]
    ids = torch.randint(0, 68, (2, n + 11))
    ids[:, 3:3 + n] = 69
    labels = ids.clone()
    labels[:, :n + 5] = -100
    pixels = torch.randn(2, 3, image, image)

    write_reference(model, saved, out / "reference.safetensors", 1e-3, input_ids=ids, labels=labels, pixel_values=pixels)
