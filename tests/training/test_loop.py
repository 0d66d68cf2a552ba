"""The training loop: the order of its actions, and its results."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from isthmus.accelerators import train
from isthmus.errors import TrainingError
from isthmus.preprocessing import Scaling
from isthmus.rows import as_rows
from isthmus.training import (
    Callback,
    EpochLines,
    Plan,
    Settings,
    as_callbacks,
    epoch_line,
    mean_losses,
    parts_of,
    with_start,
)

pytestmark = pytest.mark.usefixtures("accelerators")

AS_IS = Scaling("none", np.zeros(1), np.ones(1))
SETTINGS = Settings(
    epochs=3,
    batch_size=4,
    optimizer="sgd",
    learning_rate=0.1,
    schedule="constant",
    warmup=0.0,
    weight_decay=0.0,
)


class Mean:
    """Trains one number per column: the loss is the squared distance of the rows from it."""

    def __init__(self, n_features=2, start=0.0):
        self.weight = nn.Parameter(torch.full((n_features,), start))
        self.batches, self.weights, self.draws = [], [], []

    def parameters(self):
        return iter([self.weight])

    def train(self, mode=True):
        self.training = mode

    def training_loss(self, batch, generator):
        self.batches.append(batch.clone())
        self.weights.append(self.weight.detach().clone())
        self.draws.append(float(torch.rand((), generator=generator)))
        loss = (batch - self.weight).square().mean()
        return loss, {"twice": 2 * loss.detach()}

    def validation_loss(self, batch, generator):
        loss = (batch - self.weight).square().mean()
        return loss, {"twice": 2 * loss}


def mean_loss(model, rows):
    return mean_losses(model, rows, torch.Generator())["loss"]


def rows(n=10, start=0):
    return as_rows(np.arange(start, start + 2.0 * n).reshape(n, 2) / 10, AS_IS)


def run(model=None, settings=SETTINGS, *, seed=0, data=None, **kwargs):
    return train(model or Mean(), data or rows(), settings, seed=seed, **kwargs)


class Log(Callback):
    def __init__(self, name="", stop_at=None, fail_at=None):
        self.name, self.stop_at, self.fail_at, self.events = name, stop_at, fail_at, []

    def on_train_begin(self, plan):
        self.plan = plan
        self.events.append("begin")

    def on_step_end(self, step):
        self.events.append(step)

    def on_epoch_end(self, record):
        self.events.append(f"epoch {record['epoch']}")
        if record["epoch"] == self.fail_at:
            raise KeyboardInterrupt
        return record["epoch"] == self.stop_at

    def on_train_end(self):
        self.events.append("end")


# --- batches and draws ----------------------------------------------------------------------------


def test_each_epoch_uses_every_row_once_the_last_smaller_batch_too():
    model = Mean()
    run(model)
    assert [len(batch) for batch in model.batches] == [4, 4, 2] * 3
    for k in range(3):
        seen = torch.cat(model.batches[3 * k : 3 * k + 3])
        assert sorted(seen[:, 0].tolist()) == pytest.approx([0.2 * i for i in range(10)])


def test_each_epoch_has_an_order_of_its_own():
    model = Mean()
    run(model)
    first, second, third = (torch.cat(model.batches[k : k + 3]) for k in (0, 3, 6))
    assert not torch.equal(first, second) and not torch.equal(second, third)


def test_a_batch_larger_than_the_rows_holds_them_all():
    model = Mean()
    run(model, replace(SETTINGS, batch_size=99))
    assert [len(batch) for batch in model.batches] == [10] * 3


def test_the_seed_determines_order_noise_and_weights():
    same, again, other = Mean(), Mean(), Mean()
    for model, seed in ((same, 0), (again, 0), (other, 1)):
        run(model, seed=seed)
    assert same.draws == again.draws != other.draws
    assert len(set(same.draws)) == 9
    assert torch.equal(same.weight, again.weight)
    assert not torch.equal(torch.cat(same.batches), torch.cat(other.batches))


def test_an_epochs_draws_do_not_depend_on_the_number_of_epochs():
    short, long = Mean(), Mean()
    run(short, replace(SETTINGS, epochs=2))
    run(long, replace(SETTINGS, epochs=5))
    assert short.draws == long.draws[:6]
    assert torch.equal(torch.cat(short.batches), torch.cat(long.batches[:6]))


def test_a_step_of_plain_descent_by_hand():
    # Nesterov's momentum makes the first step 1 + 0.9 times the gradient.
    model = Mean()
    run(model, replace(SETTINGS, epochs=1, batch_size=10))
    gradient = -rows().take(torch.arange(10)).mean(dim=0)  # -2 (x - w) over n rows x 2 columns
    assert torch.allclose(model.weight.detach(), -0.1 * 1.9 * gradient)


# --- history --------------------------------------------------------------------------------------


def test_a_record_tells_epoch_losses_parts_rate_and_seconds():
    history = run(validation=rows(3))
    assert [record["epoch"] for record in history] == [1, 2, 3]
    names = {"epoch", "train_loss", "validation_loss", "learning_rate", "seconds"}
    names |= {"twice", "validation_twice"}
    assert all(set(record) == names for record in history)
    assert all(type(v) in (int, float) for record in history for v in record.values())
    assert all(0 < record["seconds"] < 10 for record in history)


def test_the_train_loss_is_the_mean_over_rows_as_the_weights_moved():
    model = Mean()
    record = run(model, replace(SETTINGS, epochs=1))[0]
    losses = [
        float((batch - weight).square().mean())
        for batch, weight in zip(model.batches, model.weights, strict=True)
    ]
    by_hand = (4 * losses[0] + 4 * losses[1] + 2 * losses[2]) / 10
    assert record["train_loss"] == pytest.approx(by_hand, rel=1e-6)
    assert record["twice"] == pytest.approx(2 * by_hand, rel=1e-6)


def test_the_validation_loss_is_that_of_the_epochs_last_weights():
    model, held_out = Mean(), rows(3, start=5)
    history = run(model, validation=held_out)
    x = held_out.take(torch.arange(3))
    by_hand = float((x - model.weight.detach()).square().mean())
    assert history[-1]["validation_loss"] == pytest.approx(by_hand, rel=1e-6)


def test_without_validation_rows_there_is_no_validation_loss():
    assert [record["validation_loss"] for record in run()] == [None] * 3


def test_the_learning_rate_told_is_that_of_the_epochs_last_step():
    history = run(settings=replace(SETTINGS, schedule="linear"))
    assert [r["learning_rate"] for r in history] == pytest.approx(
        [0.1 * (1 - step / 9) for step in (2, 5, 8)]
    )


def test_the_mean_loss_weighs_blocks_by_their_rows():
    data = as_rows(np.arange(2.0 * 1500).reshape(1500, 2) / 1000, AS_IS)
    whole = float((data.take(torch.arange(1500)) - 0.5).double().square().mean())
    assert mean_loss(Mean(start=0.5), data) == pytest.approx(whole, rel=1e-5)


def test_the_mean_loss_needs_no_gradient():
    model = Mean()
    mean_loss(model, rows())
    assert model.weight.grad is None


# --- early stopping -------------------------------------------------------------------------------


def overshoot(patience, **kwargs):
    """Train with held-out rows on the path of the weight, which then moves past them."""
    model, held_out = Mean(), as_rows(np.full((4, 2), 0.5), AS_IS)
    settings = replace(SETTINGS, epochs=30, batch_size=10, learning_rate=0.05, patience=patience)
    data = as_rows(np.full((10, 2), 2.0), AS_IS)
    return model, held_out, run(model, settings, data=data, validation=held_out, **kwargs)


def best_of(history):
    return min(history, key=lambda record: record["validation_loss"])


@pytest.mark.parametrize("patience", [1, 3])
def test_training_stops_once_patience_epochs_brought_nothing_better(patience):
    _, _, history = overshoot(patience)
    assert 1 < best_of(history)["epoch"] < 15
    assert history[-1]["epoch"] == best_of(history)["epoch"] + patience


def test_the_best_epochs_weights_are_put_back():
    model, held_out, history = overshoot(3)
    assert mean_loss(model, held_out) == best_of(history)["validation_loss"]
    assert mean_loss(model, held_out) < history[-1]["validation_loss"]


def test_without_patience_training_runs_to_its_end_and_keeps_its_last_weights():
    model, held_out, history = overshoot(None)
    assert len(history) == 30
    assert mean_loss(model, held_out) == history[-1]["validation_loss"]


def test_patience_without_validation_rows_changes_nothing():
    plain, patient = Mean(), Mean()
    run(plain)
    run(patient, replace(SETTINGS, patience=1))
    assert torch.equal(plain.weight, patient.weight)


@pytest.mark.parametrize("stop_at", [1, 2])
def test_a_callback_that_stops_does_not_cost_that_epochs_weights(stop_at):
    # The loss still falls in these epochs, so the last is the best.
    model, held_out, history = overshoot(3, callbacks=[Log(stop_at=stop_at)])
    assert len(history) == stop_at
    assert mean_loss(model, held_out) == history[-1]["validation_loss"]


def harmful(**changes):
    """Train from the mean of the held-out rows towards rows that are far from it."""
    model, held_out = Mean(), as_rows(np.zeros((4, 2)), AS_IS)
    settings = replace(SETTINGS, epochs=3, patience=3, learning_rate=0.05, **changes)
    data = as_rows(np.full((10, 2), 2.0), AS_IS)
    return model, held_out, run(model, settings, data=data, validation=held_out)


def test_initial_weights_that_no_epoch_improves_on_are_put_back_if_they_count():
    model, held_out, history = harmful(keeps_start=True)
    assert mean_loss(model, held_out) == mean_loss(Mean(), held_out)
    assert mean_loss(model, held_out) < best_of(history)["validation_loss"]
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert history[0]["validation_start"] == mean_loss(Mean(), held_out)
    assert parts_of(history) == ("twice",)
    start, *rest = with_start(history)
    assert start == {"epoch": 0, "validation_loss": history[0]["validation_start"]}
    assert rest == history


def test_initial_weights_do_not_count_by_default():
    model, held_out, history = harmful()
    assert mean_loss(model, held_out) == best_of(history)["validation_loss"]
    assert with_start(history) == history


# --- callbacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 2])
def test_a_callback_can_end_training_after_a_step_and_the_record_has_the_steps_until_then(step):
    class Stop(Callback):
        def on_step_end(self, number):
            return number == step

    log, model = Log(), Mean()
    (record,) = run(model, callbacks=[Stop(), log])
    assert log.events == ["begin", *range(1, step + 1), "epoch 1", "end"]
    losses = [
        float((b - w).square().mean()) for b, w in zip(model.batches, model.weights, strict=True)
    ]
    assert record["train_loss"] == pytest.approx(np.mean(losses))


def test_hooks_run_in_order():
    log = Log()
    run(settings=replace(SETTINGS, epochs=2), callbacks=[log])
    assert log.events == ["begin", 1, 2, 3, "epoch 1", 1, 2, 3, "epoch 2", "end"]
    assert log.plan == Plan(n_rows=10, n_steps_per_epoch=3, first_epoch=1, last_epoch=2)


def test_callbacks_run_in_the_order_given_and_all_see_the_epoch_that_one_stops():
    order = []
    first = as_callbacks([lambda record: order.append("a") or True, lambda r: order.append("b")])
    history = run(callbacks=first)
    assert order == ["a", "b"]
    assert len(history) == 1


def test_the_end_is_told_also_when_training_was_interrupted():
    log = Log(fail_at=2)
    with pytest.raises(KeyboardInterrupt):
        run(callbacks=[log])
    assert log.events[-2:] == ["epoch 2", "end"]


def test_functions_become_callbacks_and_callbacks_stay():
    log = Log()
    made = as_callbacks([log, lambda record: True])
    assert made[0] is log and isinstance(made[1], Callback)
    assert made[1].on_epoch_end({}) is True
    assert as_callbacks(None) == []


def test_hooks_that_are_not_overridden_do_nothing():
    history = run(callbacks=[Callback()])
    assert len(history) == 3


def test_an_epochs_line_has_the_form_of_the_tutorial():
    record = {"epoch": 3, "train_loss": 0.09871, "validation_loss": 0.09316}
    line = "Epoch [3/50], Train Loss: 0.0987, Validation Loss: 0.0932"
    assert epoch_line(record, 50) == line
    assert epoch_line(record | {"validation_loss": None}, 50) == "Epoch [3/50], Train Loss: 0.0987"


def test_an_epochs_line_names_its_stage_and_is_translated():
    record = {"epoch": 3, "train_loss": 0.09871, "validation_loss": None, "stage": "layer 2"}
    assert epoch_line(record, 50) == "Layer 2: Epoch [3/50], Train Loss: 0.0987"
    assert epoch_line(record, 4, first_epoch=3) == "Layer 2: Epoch [1/2], Train Loss: 0.0987"
    colon, comma = "\N{FULLWIDTH COLON}", "\N{FULLWIDTH COMMA}"
    chinese = f"第 2 层{colon}第 [3/50] 轮{comma}训练损失{colon}0.0987"
    assert epoch_line(record, 50, language="zh") == chinese


def test_epoch_lines_are_written_to_the_stream():
    stream = io.StringIO()
    run(callbacks=[EpochLines(stream)], validation=rows(3))
    lines = stream.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == [f"Epoch [{k}/3]" for k in (1, 2, 3)]


# --- divergence -----------------------------------------------------------------------------------


def test_divergence_is_told_in_a_clear_sentence():
    message = (
        r"^Training diverged: the loss is (inf|nan) after epoch \d+\. Lower `learning_rate` "
        r"\(now 1e\+06\), or check the rows for extreme values\.$"
    )
    log = Log()
    with pytest.raises(TrainingError, match=message):
        run(settings=replace(SETTINGS, epochs=50, learning_rate=1e6), callbacks=[log])
    assert log.events[-1] == "end"


def test_a_validation_loss_that_is_no_number_is_told_as_such():
    class Blind(Mean):
        def validation_loss(self, batch, generator):
            return torch.tensor(math.nan), {}

    with pytest.raises(TrainingError, match="loss is nan after epoch 1"):
        run(Blind(), validation=rows(3))
