#!/usr/bin/env python3
"""Write the reference values of AutogradTests: every operation as PyTorch computes it, in double precision.

usage: make_golden.py        (writes operations.safetensors beside itself; needs torch, safetensors)

One tensor per case and size, NAME/ROWSxWIDTH: the output, then the gradient of every input that has one, then that of
every parameter, laid one behind the other. Inputs are not stored: `values` draws the same numbers from a case's name as
Operand.values does in Swift. The gradients are those of sum(output * values("weights")), of sum(losses) for a head.
"""
import pathlib
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

SIZES = [(1, 1), (3, 15), (2, 16), (5, 17), (2, 33), (17, 3), (33, 2)]
MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def values(text, shape, scale=1.0):
    """SplitMix64 from a hash of the text, as RandomStream draws; no value is near zero, where ReLU has its kink."""
    key = 0xCBF29CE484222325
    for byte in text.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    key = mix(key)
    golden = 0x9E3779B97F4A7C15
    state = (mix(0x243F6A8885A308D3 ^ mix((key + golden) & MASK)) + golden) & MASK
    out = np.empty(int(np.prod(shape)), dtype=np.float32)
    for i in range(out.size):
        state = (state + golden) & MASK
        out[i] = np.float32(mix(state) >> 40) * np.float32(2.0 ** -23) - np.float32(1)
    out += np.where(out < 0, np.float32(-0.05), np.float32(0.05))
    return torch.tensor(out * np.float32(scale), dtype=torch.float64).reshape(shape)


def attention(q, k, v, query_heads, key_heads, query_starts, key_starts, visible):
    d = k.shape[1] // key_heads
    mask = torch.zeros(q.shape[0], k.shape[0], dtype=torch.bool)
    for s in range(len(query_starts) - 1):
        for row in range(query_starts[s], query_starts[s + 1]):
            mask[row, key_starts[s]:key_starts[s] + visible[row]] = True
    split = lambda x, heads: x.reshape(x.shape[0], heads, d).transpose(0, 1)
    group = query_heads // key_heads
    k, v = (split(x, key_heads).repeat_interleave(group, 0) for x in (k, v))
    y = F.scaled_dot_product_attention(split(q, query_heads), k, v, attn_mask=mask)
    return y.transpose(0, 1).reshape(q.shape)


def rotated(x, positions, frequencies):
    half = len(frequencies)
    angle = positions.double()[:, None] * frequencies.double()[None, :]
    cos, sin = (torch.cat([f(angle)] * 2, 1)[:, None] for f in (torch.cos, torch.sin))
    y = x.reshape(x.shape[0], -1, 2 * half)
    turned = torch.cat([-y[..., half:], y[..., :half]], -1)
    return (y * cos + turned * sin).reshape(x.shape)


def rms(x, w):
    return F.rms_norm(x, x.shape[-1:], w, 0.1)


def layer_norm(x, w, b):
    return F.layer_norm(x, x.shape[-1:], w, b, 0.1)


def head(x, w):
    labels = torch.tensor([(5 * i + 1) % w.shape[0] for i in range(x.shape[0])])
    return F.cross_entropy(x @ w.T, labels, reduction="none")


def shuffled(x, images, side, factor):
    grid = x.reshape(images, side // factor, factor, side // factor, factor, -1)
    return grid.permute(0, 1, 3, 2, 4, 5).reshape(images * (side // factor) ** 2, -1)


def table(n, d):
    """name -> (inputs, parameters, function); a shape may carry a scale: (shape, scale)."""
    o = d + 2
    starts = [0, n // 3, n // 3, n]
    segment = lambda row: 0 if row < n // 3 else n // 3
    causal = [row - segment(row) + 1 for row in range(n)]
    full = [(n // 3 if row < n // 3 else n - n // 3) for row in range(n)]
    chosen = [row for row in range(n) if row % 2 == 1 or row + 1 in starts]
    chosen_starts = [sum(row < start for row in chosen) for start in starts]
    positions = torch.tensor([3 * row - 2 * segment(row) for row in range(n)])
    frequencies = torch.tensor([1 / 2 ** j for j in range(d)], dtype=torch.float32)
    ids = torch.tensor([(row * row) % 7 for row in range(n)])
    picks = torch.tensor([n - 1, 0, 0, n // 2])
    even = torch.arange(0, n, 2)
    height, width = 2 + n % 5, 3 + d % 7

    def replaced(x, y):
        return x.index_put((even,), y)

    def prepended(x, p):
        return torch.cat([p.reshape(1, 1, d).expand(2, 1, d), x.reshape(2, n, d)], 1).reshape(-1, d)

    def patches(x):
        c = x.unfold(2, 2, 2).unfold(3, 2, 2)
        return c.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3 * 4)

    activations = {
        "gelu": F.gelu, "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
        "quickGelu": lambda x: x * torch.sigmoid(1.702 * x), "silu": F.silu, "relu": F.relu}
    cases = {
        "linear": ([[n, d]], [[o, d]], F.linear),
        "linearBias": ([[n, d]], [[o, d], [o]], F.linear),
        "linearResidual": ([[n, d], [n, o]], [[o, d]], lambda x, r, w: F.linear(x, w) + r),
        "linearBiasResidual": ([[n, d], [n, o]], [[o, d], [o]], lambda x, r, w, b: F.linear(x, w, b) + r),
        "convolution": ([[n, 12]], [[o, 3, 2, 2], [o]],
                        lambda x, w, b: F.conv2d(x.reshape(n, 3, 2, 2), w, b, stride=2).reshape(n, o)),
        "rmsNorm": ([[n, d]], [[d]], rms),
        "layerNorm": ([[n, d]], [[d], [d]], layer_norm),
        "swiGLU": ([([n, d], 3), [n, d]], [], lambda g, u: F.silu(g) * u),
        "attentionFull": ([[n, 2 * d]] * 3, [], lambda q, k, v: attention(q, k, v, 2, 2, starts, starts, full)),
        "attentionCausal": ([([n, 4 * d], 2), [n, 2 * d], [n, 2 * d]], [],
                            lambda q, k, v: attention(q, k, v, 4, 2, starts, starts, causal)),
        "attentionSelected": ([[len(chosen), 2 * d], [n, d], [n, d]], [], lambda q, k, v: attention(
            q, k, v, 2, 1, chosen_starts, starts, [causal[row] for row in chosen])),
        "attentionCached": ([[n, 2 * d], [n + 5, d], [n + 5, d]], [], lambda q, k, v: attention(
            q, k, v, 2, 1, [0, n], [0, n + 5], [row + 6 for row in range(n)])),
        "attentionSelf": ([[n, d]], [], lambda x: attention(x, x, x, 1, 1, [0, n], [0, n], [n] * n)),
        "rotated": ([[n, 4 * d]], [], lambda x: rotated(x, positions, frequencies)),
        "embedding": ([], [[7, d]], lambda w: w[ids]),
        "rows": ([[n, d]], [], lambda x: x[picks]),
        "replacingRows": ([[n, d], [len(even), d]], [], replaced),
        "prependingRow": ([[2 * n, d]], [[d]], prepended),
        "addingRows": ([[2 * n, d]], [[n, d]], lambda x, p: x + p.repeat(2, 1)),
        "reshaped": ([[n, d]], [], lambda x: x.reshape(d, n)),
        "patches": ([[2, 3, height, width]], [], patches),
        "pixelShuffle": ([[32, d]], [], lambda x: shuffled(x, 2, 4, 2)),
        "head": ([[n, d]], [([d + 3, d], 2)], head),
        "tiedHead": ([], [[7, d]], lambda w: head(w[ids], w)),
        "sharedInput": ([[n, d]], [[o, d], [o, d]], lambda x, a, b: F.silu(F.linear(x, a)) * F.linear(x, b)),
        "sharedWeight": ([[n, d]], [[d, d]], lambda x, w: F.linear(F.linear(x, w), w)),
        "rmsNormResidual": ([[n, d]], [[d], [d, d]], lambda x, w, m: F.linear(rms(x, w), m) + x),
        "layerNormResidual": ([[n, d]], [[d], [d], [d, d]],
                              lambda x, w, b, m: F.linear(layer_norm(x, w, b), m) + x),
        "rowsTwice": ([[n, d]], [], lambda x: F.silu(x[picks]) * x[picks.flip(0)]),
    }
    for name, function in activations.items():
        cases[name] = ([([n, d], 4)], [], function)
    return cases


golden = {}
for n, d in SIZES:
    for name, (inputs, parameters, function) in table(n, d).items():
        label = f"{name}/{n}x{d}"
        operands = []
        for kind, shapes in (("input", inputs), ("parameter", parameters)):
            for i, shape in enumerate(shapes):
                shape, scale = shape if isinstance(shape, tuple) else (shape, 1)
                x = values(f"{label}/{kind}{i}", shape, scale)
                operands.append(x if name == "patches" else x.requires_grad_())
        y = function(*operands)
        parts = [y]
        if name != "patches":
            loss = y.sum() if name.lower().endswith("head") else (y * values(f"{label}/weights", list(y.shape))).sum()
            parts += torch.autograd.grad(loss, operands)
        golden[label] = torch.cat([part.detach().reshape(-1) for part in parts]).float()
path = pathlib.Path(__file__).parent / "operations.safetensors"
save_file(golden, path)
print(len(golden), "cases,", path.stat().st_size, "bytes")
