"""Compression of weights: `vlm-dist bench checkpoint` beside ZipNN, in turns, on one thread.

usage: launch/codec_peers.py VLM_DIST MODEL_DIRECTORY [ROUNDS]

VLM_DIST is the program. Needs Python with zipnn, safetensors, torch and numpy; ZipNN's numbers are those of
MODEL_DIRECTORY/model.safetensors, end to end. Prints a table; of ROUNDS (5) turns, from memory to memory, the best
counts.
"""
import json
import subprocess
import sys
import time

import torch
from safetensors.torch import load_file
from zipnn import ZipNN


def gigabytes_per_second(size, run):
    began = time.perf_counter()
    result = run()
    return size / (time.perf_counter() - began) / 1e9, result


def zipnn_turn(data, dtype):
    codec = ZipNN(bytearray_dtype={"fp32": "float32", "bf16": "bfloat16"}[dtype], input_format="byte", threads=1)
    # It changes its input in place.
    copy = bytearray(data)
    compress, packed = gigabytes_per_second(len(data), lambda: codec.compress(copy))
    decompress, back = gigabytes_per_second(len(data), lambda: codec.decompress(packed))
    assert bytes(back) == data, "ZipNN did not give the bytes back"
    return len(packed) / len(data), compress, decompress


def our_turn(program, model, dtype):
    command = [program, "bench", "checkpoint", model, "--dtype", dtype, "--rounds", "2", "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report["ratio"], report["compress_gb_per_s"], report["decompress_gb_per_s"]


def best(turns):
    return turns[0][0], max(t[1] for t in turns), max(t[2] for t in turns)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, model = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) == 4 else 5
    torch.set_num_threads(1)
    tensors = load_file(model + "/model.safetensors")
    weights = torch.cat([t.flatten() for t in tensors.values() if t.dtype == torch.float32])
    print(f"{'':6}{'':9}{'ratio':>8}{'compress':>10}{'decompress':>12}  GB/s")
    for dtype, numbers in (("fp32", weights), ("bf16", weights.to(torch.bfloat16))):
        data = numbers.view(torch.uint8).numpy().tobytes()
        theirs, ours = [], []
        for _ in range(rounds):
            theirs.append(zipnn_turn(data, dtype))
            ours.append(our_turn(program, model, dtype))
        (r1, c1, d1), (r2, c2, d2) = best(theirs), best(ours)
        print(f"{dtype:6}{'zipnn':9}{r1:8.4f}{c1:10.2f}{d1:12.2f}")
        print(f"{dtype:6}{'vlm-dist':9}{r2:8.4f}{c2:10.2f}{d2:12.2f}")
        print(f"{dtype:6}{'':9}{r2 / r1:8.4f}{c2 / c1:9.1f}x{d2 / d1:11.1f}x")


main()
