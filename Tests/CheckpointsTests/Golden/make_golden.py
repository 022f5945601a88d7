"""Makes the files beside it with the safetensors library. Run it in this directory."""

import json
import os

import numpy
import torch
from safetensors.torch import save_file

# Every kind of half-precision number: zeros, subnormals, largest, infinities, and a NaN.
special = [0.0, -0.0, 1.0, -2.5, 6e-8, -6.1e-5, 65504.0, float("inf"), float("-inf"), float("nan"), 0.333251953125, 1e-3]
floats = torch.tensor(special, dtype=torch.float32)
save_file(
    {
        "plain": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 7,
        "half": floats.to(torch.float16).reshape(3, 4),
        "brain": floats.to(torch.bfloat16).reshape(3, 4),
        "ids": torch.tensor([0, -1, 2**62, -(2**63)], dtype=torch.int64),
        "short": torch.tensor([[7, -8]], dtype=torch.int32),
        "bytes": torch.tensor([0, 255, 3], dtype=torch.uint8),
        "flags": torch.tensor([True, False, True]),
        "scalar": torch.tensor(42.5),
        "empty": torch.zeros(0, 4),
        'odd "näme"\n': torch.tensor([1.5]),
    },
    "types.safetensors",
    metadata={"format": "pt", "note": "a \"quote\""},
)

# All 65536 binary16 patterns would be 128 kB; every 37th covers all exponents.
patterns = numpy.arange(0, 65536, 37, dtype=numpy.uint16)
halves = torch.from_numpy(patterns.view(numpy.float16).copy())
save_file({"half": halves, "expected": halves.float()}, "halves.safetensors")

weights = {f"layer.{i}.weight": torch.full((2, 4), float(i)) + torch.arange(4) / 8 for i in range(5)}
names = list(weights)
files = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
os.makedirs("sharded", exist_ok=True)
save_file({n: weights[n] for n in names[:3]}, f"sharded/{files[0]}", metadata={"format": "pt"})
save_file({n: weights[n] for n in names[3:]}, f"sharded/{files[1]}", metadata={"format": "pt"})
index = {
    "metadata": {"total_size": 160, "total_parameters": 40},
    "weight_map": {n: files[0 if i < 3 else 1] for i, n in enumerate(names)},
}
with open("sharded/model.safetensors.index.json", "w") as f:
    json.dump(index, f, indent=2, sort_keys=True)
