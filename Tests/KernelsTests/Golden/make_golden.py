#!/usr/bin/env python3
"""Write the reference values of KernelsTests: torch.optim.AdamW over six steps.

usage: make_golden.py        (writes adamw.safetensors beside itself; needs torch, safetensors)

start [37], gradients [6, 37]; parameters, m, v [6, 37] after each step.
"""
import pathlib
import torch
from safetensors.torch import save_file

torch.manual_seed(5)
count, steps = 37, 6
start = torch.randn(count)
# From tiny to huge, and exactly zero: the epsilon and the decay of a parameter without gradient show.
gradients = torch.randn(steps, count) * torch.logspace(-8, 4, count)
gradients[:, 5] = 0
p = start.clone().requires_grad_()
optimizer = torch.optim.AdamW([p], lr=1e-2, betas=(0.9, 0.95), eps=1e-6, weight_decay=0.1)
history = {"parameters": [], "m": [], "v": []}
for step in range(steps):
    p.grad = gradients[step] * 0.5
    optimizer.step()
    state = optimizer.state[p]
    for name, value in (("parameters", p), ("m", state["exp_avg"]), ("v", state["exp_avg_sq"])):
        history[name].append(value.detach().clone())
golden = {name: torch.stack(rows) for name, rows in history.items()}
save_file({"start": start, "gradients": gradients, **golden}, pathlib.Path(__file__).parent / "adamw.safetensors")
