#!/usr/bin/env python3
"""Run vlm-dist and the peer in turns and print each bar with both figures: the second half of launch/bench.

usage: bench_compare.py --program VLM-DIST --peer torch_step.py --folder DIR --mpirun COMMAND [--rounds N] [--steps N]
                        [--json FILE] NAME...

DIR/NAME/model and DIR/NAME/batch.safetensors are there already, NAME is bench, large or smollm2. Progress and the
figures of each run go to stderr, the table to stdout. Ratios are taken within a round, in which all runs of a row follow
one another; the table has their median and, in brackets, each of them.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

EXIT_INTERNAL = 70
# Cores that others may use, and the machine still counts as quiet.
QUIET = 0.1


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


class Bar:
    """A row of the table: `judged` of a round's figures is held against the bar; None shows figures alone."""

    def __init__(self, label, judged, peer=None, ours=None, least=None, most=None, unit=""):
        self.label, self.judged, self.peer, self.ours = label, judged, peer, ours
        self.least, self.most, self.unit = least, most, unit

    def row(self, rounds):
        """The finished row; every value is None where a run that it needs has failed."""
        def values(figure):
            found = []
            for runs in rounds:
                try:
                    found.append(figure(runs))
                except KeyError:
                    pass
            return found

        judged = values(self.judged)
        middle = statistics.median(judged) if judged else None
        met = None
        if middle is not None and (self.least, self.most) != (None, None):
            met = (self.least is None or middle >= self.least) and (self.most is None or middle <= self.most)

        def side(figure):
            return statistics.median(values(figure)) if figure and values(figure) else None

        return {"label": self.label, "peer": side(self.peer), "ours": side(self.ours), "unit": self.unit,
                "value": middle, "values": judged, "least": self.least, "most": self.most, "met": met}


def seconds(run):
    return lambda runs: runs[run]["step_seconds_median"]


def field(run, name):
    return lambda runs: runs[run][name]


def over(top, bottom):
    return lambda runs: top(runs) / bottom(runs)


def faster(label, peer, ours, least):
    """The peer's time over ours."""
    return Bar(label, over(seconds(peer), seconds(ours)), seconds(peer), seconds(ours), least=least, unit="s")


def smaller(label, peer, ours, most):
    """Our memory over the peer's."""
    mine, theirs = field(ours, "peak_rss_mb"), field(peer, "peak_rss_mb")
    return Bar(label, over(mine, theirs), theirs, mine, most=most, unit="MB")


def utilisation(label, peer, ours, least):
    """Useful operations over time and peak; the peer's beside it, by the same count and peak."""
    def theirs(runs):
        return runs[ours]["useful_gflop"] / runs[peer]["step_seconds_median"] / runs[ours]["peak_gflops"]

    return Bar(label, field(ours, "mfu"), theirs, field(ours, "mfu"), least=least)


def speedup(label, before, after, least):
    """How much shorter a step is in run `after` than in `before`, names without their side."""
    ours = over(seconds("ours " + before), seconds("ours " + after))
    return Bar(label, ours, over(seconds("peer " + before), seconds("peer " + after)), ours, least=least)


def losses(label, reference, run, most):
    """The largest difference of a loss in ten steps."""
    def judged(runs):
        return max(abs(a - b) for a, b in zip(runs[reference]["losses"][:10], runs[run]["losses"][:10]))
    return Bar(label, judged, most=most)


# For each model: what is run, in this order in every round, and the rows that come of it.
# A run: side, stage, precision and what else it has.
RUNS = {
    "bench": [
        "peer stage2 fp32", "ours stage2 fp32", "peer stage2 fp32 compile", "ours stage2 fp32 ranks",
        "peer stage2 fp32 ranks", "ours stage2 fp32 threads", "peer stage2 fp32 threads", "peer stage1 fp32",
        "ours stage1 fp32", "peer stage2 bf16", "ours stage2 bf16", "peer stage2 bf16 compile", "peer stage1 bf16",
        "ours stage1 bf16"],
    "large": ["peer stage2 fp32", "ours stage2 fp32", "peer stage2 fp32 compile"],
    "smollm2": ["peer stage1 fp32", "ours stage1 fp32"],
}
BARS = {
    "bench": [
        faster("stage 2 fp32: peer eager / ours", "peer stage2 fp32", "ours stage2 fp32", 2.0),
        faster("stage 2 fp32: peer compiled / ours", "peer stage2 fp32 compile", "ours stage2 fp32", 1.8),
        faster("stage 1 fp32: peer eager / ours", "peer stage1 fp32", "ours stage1 fp32", 2.0),
        faster("stage 2 bf16: peer eager / ours", "peer stage2 bf16", "ours stage2 bf16", 2.0),
        faster("stage 2 bf16: peer compiled / ours", "peer stage2 bf16 compile", "ours stage2 bf16", 1.7),
        faster("stage 1 bf16: peer eager / ours", "peer stage1 bf16", "ours stage1 bf16", None),
        utilisation("stage 2 fp32: MFU", "peer stage2 fp32", "ours stage2 fp32", 0.85),
        utilisation("stage 2 bf16: MFU", "peer stage2 bf16", "ours stage2 bf16", 0.65),
        smaller("stage 2 fp32: peak memory, ours / peer", "peer stage2 fp32", "ours stage2 fp32", 0.5),
        speedup("two ranks over one, same work each", "stage2 fp32", "stage2 fp32 ranks", 0.97),
        speedup("two threads over one", "stage2 fp32", "stage2 fp32 threads", 1.85),
        losses("losses of ours fp32, off the peer's fp32", "peer stage2 fp32", "ours stage2 fp32", 1e-4),
        losses("losses of ours bf16, off the peer's fp32", "peer stage2 fp32", "ours stage2 bf16", 2e-2),
    ],
    "large": [
        faster("large, stage 2 fp32: peer eager / ours", "peer stage2 fp32", "ours stage2 fp32", 2.0),
        faster("large, stage 2 fp32: peer compiled / ours", "peer stage2 fp32 compile", "ours stage2 fp32", 1.8),
        smaller("large, stage 2 fp32: peak memory, ours / peer", "peer stage2 fp32", "ours stage2 fp32", 0.5),
        losses("large, losses of ours, off the peer's", "peer stage2 fp32", "ours stage2 fp32", 1e-4),
    ],
    "smollm2": [
        faster("SmolLM2-135M, stage 1 fp32: peer eager / ours", "peer stage1 fp32", "ours stage1 fp32", 2.0),
        losses("SmolLM2-135M, losses of ours, off the peer's", "peer stage1 fp32", "ours stage1 fp32", 1e-4),
    ],
}
STEPS = {"bench": 7, "large": 3, "smollm2": 3}


class Runner:
    """Starts runs one after the other and keeps what they print."""

    def __init__(self, options):
        self.options = options
        self.runs, self.failed, self.others = [], [], []

    def command(self, model, name):
        options, (side, stage, precision, *more) = self.options, name.split()
        steps = str(options.steps or STEPS[model])
        threads = "2" if "threads" in more else "1"
        if side == "ours":
            head = options.mpirun.split() + ["-np", "2"] if "ranks" in more else []
            files = options.folder / model
            return head + [options.program, "bench", "step", "--model", str(files / "model"), "--batch",
                           str(files / "batch.safetensors"), "--train", stage, "--precision", precision,
                           "--threads", threads, "--steps", steps, "--json"]
        head = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"] if "ranks" in more else []
        return [sys.executable, *head, options.peer, str(options.folder / model), "--train", stage, "--dtype", precision,
                "--threads", threads, "--steps", steps] + (["--compile"] if "compile" in more else [])

    def run(self, model, name):
        """What a run prints, or None if it failed."""
        self.others.append(busy_cores(0.5))
        command = self.command(model, name)
        log = self.options.folder / "logs" / f"{model} {name}.log".replace(" ", "-")
        log.parent.mkdir(exist_ok=True)
        with open(log, "w") as errors:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
        if ended.returncode != 0 or not lines:
            last = ([line for line in log.read_text().splitlines() if line.strip()] or ["nothing said"])[-1]
            say(f"{model}, {name}: failed with code {ended.returncode}: {last.strip()} (see {log})")
            self.failed.append(f"{model}, {name}")
            return None
        found = json.loads(lines[-1])
        self.runs.append({"model": model, "run": name, **found})
        more = f", MFU {found['mfu']:.3f}" if "mfu" in found else ""
        say(f"{model}, {name}: {found['step_seconds_median']:.3f} s a step, {found['peak_rss_mb']} MB{more}")
        return found


def busy_cores(span):
    """Cores that were at work, on average over `span` seconds in which we do nothing."""
    def times():
        with open("/proc/stat") as file:
            values = [int(v) for v in file.readline().split()[1:9]]
        # Fourth and fifth: idle, and waiting for a disk.
        return sum(values) - values[3] - values[4]
    before = times()
    time.sleep(span)
    return (times() - before) / os.sysconf("SC_CLK_TCK") / span


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def number(value, unit):
    if value is None:
        return ""
    text = f"{value:.0f}" if unit == "MB" else f"{value:.2e}" if 0 < abs(value) < 1e-2 else f"{value:.3f}"
    return f"{text} {unit}".strip()


def table(rows):
    lines = ["| bar | peer | ours | value | bar | met |", "|---|---|---|---|---|---|"]
    for row in rows:
        value = "not measured"
        if row["value"] is not None:
            each = ", ".join(number(v, "") for v in row["values"])
            value = number(row["value"], "") + (f" ({each})" if len(row["values"]) > 1 else "")
        bar = f"{row['least']} or more" if row["least"] is not None else ""
        bar = f"{row['most']} or less" if row["most"] is not None else bar
        met = {True: "yes", False: "NO", None: ""}[row["met"]]
        lines.append("| " + " | ".join(
            [row["label"], number(row["peer"], row["unit"]), number(row["ours"], row["unit"]), value, bar, met]) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--program", "--peer", "--mpirun"):
        parser.add_argument(name, required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--json")
    parser.add_argument("models", nargs="+", choices=RUNS)
    options = parser.parse_args()
    runner, found, stopped = Runner(options), {model: [] for model in options.models}, False
    load = os.getloadavg()[0]
    try:
        for number_of_round in range(options.rounds):
            for model in options.models:
                say(f"round {number_of_round + 1} of {options.rounds}, {model}")
                results = {}
                found[model].append(results)
                for name in RUNS[model]:
                    result = runner.run(model, name)
                    if result is not None:
                        results[name] = result
    except KeyboardInterrupt:
        stopped = True
        say("stopped; the table is of what was measured so far")
    rows = [bar.row(found[model]) for model in options.models for bar in BARS[model]]
    most = max(runner.others, default=0)
    quiet = most <= QUIET
    peer = next((run["peer"] for run in runner.runs if run["run"].startswith("peer")), "the peer")
    machine = {"processor": processor(), "cores": len(os.sched_getaffinity(0)), "load_average_before": load,
               "most_cores_of_others": round(most, 3), "quiet": quiet, "peer": peer}
    print(table(rows))
    print(f"\n{machine['processor']}, {machine['cores']} cores; {peer}; rounds: {options.rounds}; "
          f"load average before: {load:.2f}")
    print(f"Between runs others used at most {most:.2f} cores: "
          + ("a quiet machine." if quiet else "NOT a quiet machine, these figures are not to be relied on."))
    if options.json:
        report = {"machine": machine, "rows": rows, "runs": runner.runs}
        pathlib.Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    if runner.failed:
        say(f"{len(runner.failed)} runs failed: " + "; ".join(dict.fromkeys(runner.failed)))
    sys.exit(130 if stopped else EXIT_INTERNAL if runner.failed else 0)


if __name__ == "__main__":
    main()
