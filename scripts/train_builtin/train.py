"""Train the built-in model: plain PyTorch on the CPU, counted steps, a fixed seed.

    pip install torch==2.13.0 onnx        # not among the project's dependencies
    PYTHONPATH=. python scripts/train_builtin/train.py --out /tmp/builtin

Checkpoints (moving averages of the weights) land in `--out` every 500 steps as `last.pt`;
`export.py` makes the .onnx files of one and `evaluate.py` measures those. `--until` ends a run
before its schedule does, `--start` begins the next one from its checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from itertools import islice
from pathlib import Path

import torch
from data import HARD, batches
from losses import losses
from network import Network
from torch import Tensor, nn

from prelabel.outlines import CLASSES, KEYPOINTS
from prelabel.scenes import Options

PHASES = ((224, 5000, 4500), (320, 2000, 2500))
"""Picture size in pixels, steps, scenes in the pool: small pictures first, because they are cheap;
the last phase has the size of the exported graphs."""
RATE, DECAY, WARM = 2e-3, 0.02, 100
AVERAGE = 0.998


def optimiser(net: nn.Module) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices and kernels only."""
    kernels = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE)


def rate(step: int, steps: int, top: float) -> float:
    """Learning rate of a step: linear warm-up, then a cosine from `top` down to 1 % of it."""
    warm = min(1.0, (step + 1) / WARM)
    return top * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2)


@torch.no_grad()
def follow(average: nn.Module, net: nn.Module, step: int) -> None:
    """Move the averaged weights and statistics towards the network's."""
    keep = min(AVERAGE, (1 + step) / (10 + step))
    for mine, theirs in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if mine.is_floating_point():
            mine.lerp_(theirs, 1 - keep)
        else:
            mine.copy_(theirs)


def train(chosen: argparse.Namespace) -> None:
    """Run the phases one after another under one schedule, leaving checkpoints in `--out`."""
    torch.manual_seed(0)
    net = Network(len(CLASSES), len(KEYPOINTS)).to(memory_format=torch.channels_last)
    if chosen.start:
        adopt(net, torch.load(chosen.start, weights_only=True))
    average, adam = copy.deepcopy(net).eval(), optimiser(net)
    steps, began = sum(p[1] for p in chosen.phases), time.perf_counter()
    options = HARD if chosen.hard else Options()
    every = (
        one
        for size, n, pool, *skip in chosen.phases
        for one in batches(size, n, pool, options, *skip, empty=chosen.empty)
    )
    for step, truth in enumerate(islice(every, chosen.until), start=1):
        for group in adam.param_groups:
            group["lr"] = rate(step - 1, steps, chosen.rate)
        pictures = truth.pictures.contiguous(memory_format=torch.channels_last)
        parts = losses(net(pictures), truth)
        advance(net, adam, sum(parts.values(), torch.zeros(())))
        follow(average, net, step - 1)
        if step % 100 == 0:
            told = " ".join(f"{k} {float(v.detach()):.3f}" for k, v in parts.items())
            print(f"{step}/{steps} {time.perf_counter() - began:.0f} s {told}", flush=True)
        if step % 500 == 0 or step == steps:
            torch.save(average.state_dict(), chosen.out / "last.pt")


def adopt(net: nn.Module, checkpoint: dict[str, Tensor]) -> None:
    """Begin with the layers of a checkpoint that the network has; its others begin anew."""
    told = net.load_state_dict(checkpoint, strict=False)
    for what, keys in (("begin anew", told.missing_keys), ("are left out", told.unexpected_keys)):
        if layers := sorted({key.rpartition(".")[0] for key in keys}):
            print(f"layers that {what}:", *layers, flush=True)


def advance(net: nn.Module, adam: torch.optim.AdamW, loss: Tensor) -> None:
    """One optimiser step with the gradient's norm clipped at 10."""
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 10.0)
    adam.step()


def phase(text: str) -> tuple[int, ...]:
    """SIZE:STEPS:POOL or SIZE:STEPS:POOL:SKIP as numbers, the arguments of `data.batches`."""
    return tuple(int(v) for v in text.split(":"))


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train the built-in model.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument(
        "--phases", type=phase, nargs="+", default=PHASES, help="SIZE:STEPS:POOL[:SKIP]"
    )
    parser.add_argument("--start", type=Path, help="checkpoint to begin with")
    parser.add_argument("--rate", type=float, default=RATE, help="greatest learning rate")
    parser.add_argument("--until", type=int, help="end after so many steps")
    parser.add_argument("--hard", action="store_true", help="more overlaps and tiny shapes")
    parser.add_argument("--empty", type=int, default=0, help="of 8 pictures, those without a shape")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(chosen.threads)
    train(chosen)


if __name__ == "__main__":
    main()
