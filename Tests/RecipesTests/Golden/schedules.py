"""Writes schedules.json: the learning-rate factors of transformers 5.23, step by step. Run: python schedules.py"""

import json
import math
from pathlib import Path

import torch
from transformers import optimization

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
cases = []


def add(kind, warmup, total, schedule, floor=0.0, decay=0.1):
    factor = schedule.lr_lambdas[0]
    factors = [factor(step) for step in range(total + 1)]
    cases.append(dict(kind=kind, warmup=warmup, total=total, floor=floor, decay=decay, factors=factors))


for warmup, total in [(0, 10), (0.03, 100), (0.03, 77), (5, 40), (0.5, 9), (0.07, 100)]:
    steps = int(warmup) if warmup >= 1 else math.ceil(total * warmup)
    add("constant", warmup, total, optimization.get_constant_schedule_with_warmup(optimizer, steps))
    add("linear", warmup, total, optimization.get_linear_schedule_with_warmup(optimizer, steps, total))
    add("cosine", warmup, total, optimization.get_cosine_schedule_with_warmup(optimizer, steps, total))
    with_floor = optimization.get_cosine_with_min_lr_schedule_with_warmup(optimizer, steps, total, min_lr_rate=0.1)
    add("cosine", warmup, total, with_floor, floor=0.1)
    for floor, decay in [(0.0, 0.1), (0.1, 0.25)]:
        down = math.ceil(total * decay)
        wsd = optimization.get_wsd_schedule(optimizer, steps, down, num_training_steps=total, min_lr_ratio=floor)
        add("wsd", warmup, total, wsd, floor=floor, decay=decay)

Path(__file__).with_name("schedules.json").write_text(json.dumps(cases) + "\n")
