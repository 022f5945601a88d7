#!/usr/bin/env python3
"""Write how far PyTorch's bf16 is from single precision: the measure of bf16 in ModelsTests.

usage: make_autocast_golden.py [MODEL...]        (the models beside it if none is given; writes MODEL/autocast.json)

MODEL is a directory that make_reference.py wrote. torch.autocast computes products in bf16 and keeps weights, sums over
the residual path, norms and losses as it does in training. Of the loss: the difference from single precision. Of each
parameter's gradient g, against the gradient s in single precision: |g - s| / |s|.

needs: torch, transformers, safetensors
"""
import json, pathlib, sys, torch
from make_reference import model_name
from safetensors.torch import load_file
from transformers import LlavaForConditionalGeneration


def write(directory):
    model = LlavaForConditionalGeneration.from_pretrained(directory, dtype=torch.float32).train()
    model.config._attn_implementation = "eager"
    reference = load_file(directory / "reference.safetensors")
    batch = {k: reference[k] for k in ("input_ids", "labels", "pixel_values")}
    with torch.autocast("cpu", torch.bfloat16):
        loss = model(attention_mask=torch.ones_like(batch["input_ids"]), **batch).loss
    loss.backward()
    errors = {}
    for name, parameter in model.named_parameters():
        single = reference.get("gradient." + model_name(name))
        # The bias of keys cancels in a tower's softmax: its gradient is zero, and what is computed is noise.
        if single is not None and not ("vision_tower" in name and name.endswith("k_proj.bias")):
            errors[model_name(name)] = ((parameter.grad - single).norm() / single.norm()).item()
    result = {"loss": abs(loss.item() - reference["loss"].item()), "gradients": errors}
    (directory / "autocast.json").write_text(json.dumps(result, indent=1) + "\n")
    print(directory, "loss", result["loss"], "largest gradient error", max(errors.values()))


beside = pathlib.Path(__file__).parent
for directory in [pathlib.Path(p) for p in sys.argv[1:]] or sorted(p.parent for p in beside.glob("*/reference.safetensors")):
    write(directory)
