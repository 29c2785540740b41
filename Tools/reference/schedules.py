#!/usr/bin/env python3
"""Learning rates of PyTorch's schedulers over 30 steps."""

import torch
from torch.optim import lr_scheduler

import golden

STEPS, RATE = 30, 0.1
# A validation loss that improves, stalls, improves a little and stalls again.
PLATEAU_LOSS = [1.0, 0.9, 0.8, 0.75, 0.75, 0.76, 0.75, 0.751, 0.75, 0.7, 0.69, 0.7, 0.71, 0.69, 0.69, 0.69] + [0.69] * 14


def rates(make, losses=None):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    scheduler, answer = make(optimizer), []
    for step in range(STEPS):
        answer.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(losses[step]) if losses else scheduler.step()
    return answer


def case(name, maker, losses=None, **settings):
    more = {"losses": losses} if losses else {}
    return {"from": f"torch.optim.lr_scheduler.{name}", "settings": settings, **more, "rates": rates(maker, losses)}


def simple(name, **settings):
    return case(name, lambda optimizer: getattr(lr_scheduler, name)(optimizer, **settings), **settings)


def warm_up(optimizer):
    first = lr_scheduler.LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=5)
    second = lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS - 5)
    return lr_scheduler.SequentialLR(optimizer, [first, second], milestones=[5])


def cases():
    plateau = {"factor": 0.1, "patience": 2, "threshold": 1e-4, "threshold_mode": "rel", "cooldown": 0, "min_lr": 1e-4}
    return {
        "constant": {"from": "plain", "settings": {}, "rates": [RATE] * STEPS},
        "step": simple("StepLR", step_size=7, gamma=0.5),
        "multi_step": simple("MultiStepLR", milestones=[5, 12, 20], gamma=0.1),
        "exponential": simple("ExponentialLR", gamma=0.9),
        "cosine": simple("CosineAnnealingLR", T_max=30, eta_min=0.0),
        "cosine_with_floor": simple("CosineAnnealingLR", T_max=20, eta_min=0.01),
        "one_cycle": simple("OneCycleLR", max_lr=1.0, total_steps=30, pct_start=0.3, div_factor=25.0, final_div_factor=1e4,
                            cycle_momentum=False),
        "one_cycle_linear": simple("OneCycleLR", max_lr=1.0, total_steps=30, pct_start=0.4, anneal_strategy="linear",
                                   cycle_momentum=False),
        "warm_up": simple("LinearLR", start_factor=0.1, end_factor=1.0, total_iters=5),
        "warm_up_cosine": case("SequentialLR", warm_up, start_factor=0.1, warm_up=5, T_max=25),
        "reduce_on_plateau": case("ReduceLROnPlateau", lambda o: lr_scheduler.ReduceLROnPlateau(o, **plateau), PLATEAU_LOSS, **plateau),
    }


if __name__ == "__main__":
    golden.write("schedules", ["torch"], 1e-12, {
        "rates": "rates[t] is the rate that step t (from 0) uses; the base rate is `rate`",
        "cosine": "floor + (rate - floor)(1 + cos(pi t / T_max)) / 2, which rises again after T_max",
        "one_cycle": "starts at max_lr / div_factor (25 unless given), ends at the start / final_div_factor (1e4)",
        "warm_up": "linear from start_factor * rate at t = 0 to rate at t = total_iters",
        "reduce_on_plateau": "after more than `patience` steps whose loss is not below best * (1 - threshold), the rate is "
                             "multiplied by factor; losses[t] is reported after step t",
    }, {"rate": RATE, "steps": STEPS, "cases": cases()})
