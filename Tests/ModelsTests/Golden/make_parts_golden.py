#!/usr/bin/env python3
"""Write the reference values of single parts of a model, as transformers computes them.

usage: make_parts_golden.py        (writes parts.safetensors beside itself; needs torch, transformers, safetensors)

rotary.NAME                                        inverse frequencies of rotary position embedding
connector.features [2, 16, 6], .weights, .output   InternVL's pixel shuffle and projector, factor 2, gradient weights
connector.gradient.features, parameter.*, connector.gradient.parameter.*
"""
import pathlib
import torch
from safetensors.torch import save_file
from transformers import InternVLConfig, InternVLModel, LlamaConfig, Qwen2Config
from transformers.models.internvl.modeling_internvl import InternVLMultiModalProjector
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

golden = {}
ROTARY = {
    "default": dict(rope_type="default", rope_theta=10000.0),
    "theta": dict(rope_type="default", rope_theta=1000000.0),
    "linear": dict(rope_type="linear", rope_theta=10000.0, factor=4.0),
    "llama3": dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=8192),
}
for name, parameters in ROTARY.items():
    config = LlamaConfig(hidden_size=256, num_attention_heads=4, head_dim=64, rope_parameters=parameters,
                         max_position_embeddings=131072)
    golden["rotary." + name] = LlamaRotaryEmbedding(config).inv_freq.float().clone()

torch.manual_seed(11)
config = InternVLConfig(
    vision_config=dict(hidden_size=6, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
                       image_size=[8, 8], patch_size=[2, 2]),
    text_config=Qwen2Config(vocab_size=20, hidden_size=10, intermediate_size=8, num_hidden_layers=1,
                            num_attention_heads=2, num_key_value_heads=2).to_dict(), downsample_ratio=0.5)
projector = InternVLMultiModalProjector(config)
with torch.no_grad():
    for p in projector.parameters():
        p.add_(torch.randn_like(p) * 0.2)
features = torch.randn(2, 16, 6, requires_grad=True)
shuffle = InternVLModel.pixel_shuffle
grid = shuffle(None, features.reshape(2, 4, 4, 6), scale_factor=0.5).reshape(2, 4, 24)
output = projector(grid)
weights = torch.randn_like(output)
(output * weights).sum().backward()
golden |= {"connector.features": features.detach(), "connector.weights": weights, "connector.output": output.detach(),
           "connector.gradient.features": features.grad}
for name, p in projector.named_parameters():
    golden["parameter." + name] = p.detach()
    golden["connector.gradient.parameter." + name] = p.grad
path = pathlib.Path(__file__).parent / "parts.safetensors"
save_file({name: value.contiguous() for name, value in golden.items()}, path)
print(path.stat().st_size, "bytes", sorted(golden))
