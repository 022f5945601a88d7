#!/usr/bin/env python3
"""Write arithmetic.json: the products that the loss of the two tiny models needs, as PyTorch's autograd sees it.

usage: make_arithmetic_golden.py        (writes beside itself; needs torch, transformers, safetensors)

A row of a product is needed where the gradient of the loss with respect to it is not zero while everything trains; that
is found by backward hooks, not by reasoning about the model. Whether a product has an input gradient and a weight
gradient is what autograd says while only the parts of a case train. The batch is that of the reference, with the last
three tokens of its second sample unsupervised.
"""
import json, pathlib, torch
from safetensors.torch import load_file
from transformers import LlavaForConditionalGeneration

here = pathlib.Path(__file__).parent
PARTS = {  # of a parameter's name -> part
    "vision_tower": "vision", "multi_modal_projector": "connector", "embed_tokens": "embeddings", "lm_head": "head",
    "language_model": "language"}
CASES = {"stage1": {"connector"}, "stage2": {"connector", "language", "embeddings", "head"}, "vision": {"vision"},
         "language": {"language"}, "embeddings": {"embeddings"}, "head": {"head"}, "all": set(PARTS.values())}


def part(name):
    return next(value for key, value in PARTS.items() if key in name)


def maps(model):
    return {n: m for n, m in model.named_modules()
            if isinstance(m, (torch.nn.Linear, torch.nn.Conv2d)) and "head" not in n.split(".")}


def run(model, batch, needs=None):
    """One pass; for each linear map: rows by sample whose output matters, and what autograd would give."""
    found, hooks = {}, []
    for name, module in maps(model).items():
        def hook(module, inputs, output, name=name):
            found[name] = {"input": inputs[0].requires_grad, "weight": module.weight.requires_grad}
            if needs is not None and output.requires_grad:
                def keep(gradient, name=name):
                    g = gradient.flatten(2).transpose(1, 2) if gradient.dim() == 4 else gradient
                    needs[name] = [r.nonzero().flatten().tolist() for r in g.abs().sum(-1) != 0]
                output.register_hook(keep)
        hooks.append(module.register_forward_hook(hook))
    model(attention_mask=torch.ones_like(batch["input_ids"]), **batch).loss.backward()
    for h in hooks:
        h.remove()
    return found


def count(model, needs, found):
    forward = inputs = weights = 0
    for name, rows in needs.items():
        module = maps(model)[name]
        # The first row of a causal mask sees one key, and any query would do; that is not worth a rule.
        rows = needs[name.replace("q_proj", "o_proj")] if "language" in name else rows
        products = 2 * sum(map(len, rows)) * module.weight.numel()
        forward += products
        inputs += products * found[name]["input"]
        weights += products * found[name]["weight"]
        if name.endswith("q_proj"):
            seen = (lambda t: t + 1) if "language" in name else (lambda t, all=len(needs[name.replace("q_", "k_")][0]): all)
            pairs = sum(seen(t) for sample in rows for t in sample)
            scores = 4 * pairs * module.weight.shape[0]
            forward += scores
            # The input of q, k and v is the output of a norm: trained or passed through, one gradient asks for both.
            inputs += 2 * scores * found[name]["input"]
    return {"forward": forward, "input_gradients": inputs, "weight_gradients": weights}


result = {}
for name in ("siglip-qwen2", "clip-llama"):
    model = LlavaForConditionalGeneration.from_pretrained(here / name, dtype=torch.float32, attn_implementation="eager")
    batch = {k: v for k, v in load_file(here / name / "reference.safetensors").items()
             if k in ("pixel_values", "input_ids", "labels")}
    batch["labels"][1, -3:] = -100
    needs = {}
    run(model, batch, needs)
    result[name] = {}
    for case, trained in CASES.items():
        tied = model.config.text_config.tie_word_embeddings
        if tied and case == "head":
            continue
        for n, p in model.named_parameters():
            p.requires_grad_(part(n) in trained)
        result[name][case] = count(model, needs, run(model, batch))
(here / "arithmetic.json").write_text(json.dumps(result, indent=1) + "\n")
print(json.dumps(result, indent=1))
