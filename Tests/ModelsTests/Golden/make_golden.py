#!/usr/bin/env python3
"""Write the reference values of ModelsTests: two tiny LLaVA models as transformers computes them.

usage: make_golden.py        (writes beside itself; needs torch, transformers, safetensors)

NAME/config.json, NAME/model.safetensors    random weights
NAME/reference.safetensors                  batch (pixel_values, input_ids, labels), logits of the first sample, loss,
                                            the gradient of every parameter under its saved name, ten AdamW losses
"""
import pathlib, shutil, torch
from safetensors import safe_open
from safetensors.torch import save_file
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

    def key(p):   # the name in memory -> the name in the file
        p = p.removeprefix("model.")
        return {"language_model.": "language_model.model.", "lm_head.": "language_model.lm_head."}.get(
            p.split(".")[0] + ".", p.split(".")[0] + ".") + p.split(".", 1)[1]

    model.train()
    model.config._attn_implementation = "eager"
    run = lambda: model(input_ids=ids, pixel_values=pixels, labels=labels, attention_mask=torch.ones_like(ids))
    result = run()
    result.loss.backward()
    ref = {"pixel_values": pixels, "input_ids": ids, "labels": labels, "logits": result.logits[0].detach().clone(),
           "loss": result.loss.detach().reshape(1)}
    for p, v in model.named_parameters():
        if v.grad is not None and key(p) in saved:
            ref["gradient." + key(p)] = v.grad.clone()
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    model.zero_grad()
    losses = []
    for _ in range(10):
        loss = run().loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
        losses.append(loss.item())
    ref["losses"] = torch.tensor(losses)
    save_file({k: v.contiguous() for k, v in ref.items()}, out / "reference.safetensors")
    print(name, losses[0], losses[-1], sum(1 for k in ref if k.startswith("gradient.")), "gradients of", len(saved))
