#!/usr/bin/env python3
"""PyTorch's DistributedDataParallel over gloo, measured as `vlm-dist bench overlap` measures: the peer of launch/scaling.

usage: ddp_peer.py DIR [--train stage1|stage2] [--dtype fp32|bf16] [--threads N] [--micro-batches N] [--copies N] [--rounds N]

DIR/model and DIR/batch.safetensors are what make_bench_model.py writes. Started once for every rank, with RANK, WORLD_SIZE,
MASTER_ADDR, MASTER_PORT and GLOO_SOCKET_IFNAME in the environment. Steps that sum their gradients and the same steps under
no_sync are taken in turns; beside them the sum alone: buckets as long as DDP's, when nothing hides them. A step counts with
its slowest rank. Rank 0 prints one JSON line with the field names of `bench overlap`.
"""
import argparse
import contextlib
import json
import os
import pathlib
import socket
import statistics
import time

import torch
import torch.distributed as dist
from safetensors.torch import load_file
from transformers import LlavaForConditionalGeneration

# DDP's default, in floats.
BUCKET = 25 * 1024 * 1024 // 4


class Steps:
    """Training steps of one rank, as a user of DDP writes them: its defaults, and gradients that are views of its buckets."""

    def __init__(self, options):
        self.options = options
        model = LlavaForConditionalGeneration.from_pretrained(options.dir / "model", dtype=torch.float32).train()
        for name, parameter in model.named_parameters():
            parameter.requires_grad_("vision_tower" not in name and (options.train == "stage2" or "projector" in name))
        self.trained = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=1e-4, weight_decay=0.0, fused=True)
        self.net = torch.nn.parallel.DistributedDataParallel(model, gradient_as_bucket_view=True)
        batch = load_file(options.dir / "batch.safetensors")
        self.batch = {name: torch.cat([batch[name]] * options.copies) for name in ("input_ids", "pixel_values", "labels")}
        self.batch["attention_mask"] = torch.ones_like(self.batch["input_ids"])
        self.floats = sum(p.numel() for p in self.trained)
        self.backward = 0.0

    def take(self, sums):
        last = self.options.micro_batches - 1
        for number in range(last + 1):
            with contextlib.nullcontext() if sums and number == last else self.net.no_sync():
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.options.dtype == "bf16"):
                    loss = self.net(**self.batch).loss / (last + 1)
                began = time.perf_counter()
                loss.backward()
                self.backward = time.perf_counter() - began
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()


def slowest(body):
    """Seconds that `body` takes on the slowest rank, when all begin together."""
    dist.barrier()
    began = time.perf_counter()
    body()
    seconds = torch.tensor(time.perf_counter() - began, dtype=torch.float64)
    dist.all_reduce(seconds, op=dist.ReduceOp.MAX)
    return seconds.item()


def sum_alone(buckets):
    for work in [dist.all_reduce(bucket, async_op=True) for bucket in buckets]:
        work.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--train", default="stage2", choices=["stage1", "stage2"])
    parser.add_argument("--dtype", default="fp32", choices=["fp32", "bf16"])
    for name, value in (("--threads", 1), ("--micro-batches", 1), ("--copies", 1), ("--rounds", 5)):
        parser.add_argument(name, type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dist.init_process_group("gloo")
    rank, ranks = dist.get_rank(), dist.get_world_size()
    hosts = [None] * ranks
    dist.all_gather_object(hosts, socket.gethostname())
    steps = Steps(options)
    buckets = torch.ones(steps.floats).split(BUCKET)
    found = []
    for number in range(options.rounds + 1):
        turns, seconds, backward = [True, False] if number % 2 == 0 else [False, True], {}, 0.0
        for sums in turns:
            seconds[sums] = slowest(lambda: steps.take(sums))
            if not sums:
                backward = steps.backward
        alone = slowest(lambda: sum_alone(buckets)) if ranks > 1 else 0.0
        if number > 0:
            found.append((seconds[True], seconds[False], alone, backward))
    together, apart, alone, backward = (statistics.median(column) for column in zip(*found))
    exposed = statistics.median(a - b for a, b, _, _ in found)
    report = {
        "peer": "torch " + torch.__version__, "train": options.train, "dtype": options.dtype, "threads": options.threads,
        "ranks": ranks, "hosts": len(set(hosts)), "bytes": 4 * steps.floats, "rounds": options.rounds,
        "micro_batches": options.micro_batches, "samples": len(steps.batch["labels"]) * options.micro_batches,
        "with_seconds": together, "without_seconds": apart, "communication_seconds": alone, "backward_seconds": backward,
        "exposed_seconds": exposed, "efficiency": statistics.median(b / a for a, b, _, _ in found)}
    if alone > 0:
        report["hidden_share"] = 1 - exposed / alone
    if rank == 0:
        print(json.dumps(report), flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
