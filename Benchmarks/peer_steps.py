#!/usr/bin/env python3
"""Seconds of one optimizer step (Adam) in PyTorch on the CPU, for the cases of `apus bench`.

A step gathers a random batch from a resident table, runs forward and backward and updates. One JSON object a case:
{"case", "seconds_per_step", "samples_per_second", "threads", "loss"}; the time is the median over repeats.
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Case:
    name: str
    sizes: list
    batch: int
    activation: type
    rows: int
    dropout: float = 0.0

    @property
    def classes(self):
        return self.sizes[-1]

    def network(self):
        layers = []
        for inputs, outputs in zip(self.sizes[:-2], self.sizes[1:-1]):
            layers += [nn.Linear(inputs, outputs), self.activation()]
            layers += [nn.Dropout(self.dropout)] if self.dropout else []
        return nn.Sequential(*layers, nn.Linear(*self.sizes[-2:]))

    def table(self):
        """Random inputs, with labels that a linear rule of them gives, so that the loss has somewhere to go."""
        inputs = torch.randn(self.rows, self.sizes[0])
        scores = inputs @ torch.randn(self.sizes[0], max(self.classes, 2))
        labels = scores.argmax(dim=1)
        return inputs, labels.float().unsqueeze(1) if self.classes == 1 else labels


JET, DEEP = [16, 64, 32, 32, 5], [28, 300, 300, 300, 300, 300, 1]
CASES = [
    Case("jet-mlp-128", JET, 128, nn.ReLU, 100_000),
    Case("jet-mlp-1024", JET, 1024, nn.ReLU, 100_000),
    Case("higgs-dn-100", DEEP, 100, nn.Tanh, 100_000),
    Case("higgs-dn-1000", DEEP, 1000, nn.Tanh, 100_000),
    Case("mnist-mlp-128", [784, 512, 512, 10], 128, nn.ReLU, 20_000, dropout=0.2),
]


class Trainer:
    def __init__(self, case, fused):
        torch.manual_seed(1)
        self.batch = case.batch
        self.inputs, self.labels = case.table()
        self.network = case.network()
        self.loss_of = nn.BCEWithLogitsLoss() if case.classes == 1 else nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-3, fused=fused or None)
        self.order, self.place = torch.randperm(case.rows), 0

    def next_batch(self):
        if self.place + self.batch > len(self.order):
            self.order, self.place = torch.randperm(len(self.order)), 0
        index = self.order[self.place : self.place + self.batch]
        self.place += self.batch
        return self.inputs[index], self.labels[index]

    def step(self):
        inputs, labels = self.next_batch()
        self.optimizer.zero_grad()
        loss = self.loss_of(self.network(inputs), labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def timed(self, steps):
        start = time.perf_counter()
        for _ in range(steps):
            loss = self.step()
        return (time.perf_counter() - start) / steps, loss.item()


def measure(case, repeats, seconds, fused):
    """Median seconds a step over `repeats` groups of steps that take about `seconds` each, after a warm-up."""
    trainer = Trainer(case, fused)
    trainer.timed(10)
    estimate, _ = trainer.timed(20)
    steps = max(5, round(seconds / estimate))
    times = [trainer.timed(steps) for _ in range(repeats)]
    median = statistics.median(seconds for seconds, _ in times)
    return {"case": case.name, "seconds_per_step": median, "samples_per_second": case.batch / median,
            "threads": torch.get_num_threads(), "loss": times[-1][1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [case.name for case in CASES]
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of " + ", ".join(names) + " (all unless named)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each repeat")
    parser.add_argument("--fused", action="store_true", help="PyTorch's fused Adam instead of its default")
    options = parser.parse_args()
    for name in options.cases:
        if name not in names:
            parser.error(f"no case '{name}'; there are {', '.join(names)}")
    torch.set_num_threads(options.threads)
    for case in CASES:
        if not options.cases or case.name in options.cases:
            print(json.dumps(measure(case, options.repeats, options.seconds, options.fused)), flush=True)


if __name__ == "__main__":
    main()
