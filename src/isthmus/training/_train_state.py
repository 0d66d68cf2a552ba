"""State of a training, for resuming it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..errors import UsageError
from ._optimizer_state import copied, load_optimizer_state, optimizer_state
from ._optimizers import Optimizer
from ._ranks import Ranks, buffers_of
from ._trainable import Trainable

__all__ = ["TrainState"]

Record = dict[str, Any]
Weights = dict[str, Tensor]


class TrainState:
    """State of a training: weights, optimizer, best epoch so far, history and position.

    ``train`` updates it. Its ``state_dict`` can be taken at any time, also in a callback after a
    step or an epoch. Loaded into the state of a new model and a new optimizer of the same kind,
    it lets ``train`` continue with bitwise the same results as without the interruption.

    Parameters
    ----------
    model : Trainable
        Model to train.
    optimizer : Optimizer
        Optimizer of the parameters of the model.
    first_epoch : int, default=1
        Number of the first epoch, if this is one stage of a longer training.
    stage : str, default=None
        Name of the stage.
    generators : sequence of torch.Generator, default=()
        Further generators that the model draws from, such as torch's own for dropout.

    Attributes
    ----------
    history : list of dict
        One record per complete epoch.
    epoch : int
        Number of the last complete epoch; ``first_epoch - 1`` before the first.
    step : int
        Steps completed in the current epoch; 0 between epochs.
    best_epoch : int or None
        Epoch with the lowest validation loss so far, if early stopping is used; ``first_epoch - 1``
        for the initial weights, if they count.
    best_loss : float or None
        Validation loss of that epoch.
    noise : torch.Generator
        For the random draws of the training loss, on the device of the parameters.
    has_ended : bool
        Whether ``train`` has ended, and not by an exception.
    ranks : Ranks
        Processes of the training; everything except ``own_dict`` is the same in all of them.
    """

    def __init__(
        self,
        model: Trainable,
        optimizer: Optimizer,
        *,
        first_epoch: int = 1,
        stage: str | None = None,
        generators: Sequence[torch.Generator] = (),
    ) -> None:
        self.model, self.optimizer = model, optimizer
        self.first_epoch, self.stage = first_epoch, stage
        self.history: list[Record] = []
        self.epoch, self.step = first_epoch - 1, 0
        self.best_epoch: int | None = None
        self.best_loss: float | None = None
        self.noise = torch.Generator(next(iter(model.parameters())).device)
        self.has_ended = False
        self.ranks = Ranks()
        self.losses: Weights = {}  # of each step in the current epoch
        self._best_weights: Weights = {}
        self._last_weights: Weights | None = None  # of the last epoch, if the model has the best
        self._generators = tuple(generators)
        self._generator_states: list[Tensor] = []
        self._buffers: Weights = {}  # of this process, to restore

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the state.

        Returns
        -------
        dict
            Nested dicts with string keys, lists, tensors, numbers, strings and None, which
            ``torch.save`` and ``torch.load(weights_only=True)``, or safetensors and JSON, support.
            The optimizer's part has the format of ``torch.optim`` except that all keys are strings.
        """
        weights = _weights(self.model) if self._last_weights is None else self._last_weights
        own = self.own_dict()
        own.pop("buffers")  # they are among the weights
        return {
            "weights": _gathered(self.model, weights),
            "optimizer": optimizer_state(self.optimizer),
            "best_weights": _gathered(self.model, self._best_weights),
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
            "history": [dict(record) for record in self.history],
            "stage": self.stage,
            "first_epoch": self.first_epoch,
            "epoch": self.epoch,
            "step": self.step,
            **own,
        }

    def own_dict(self) -> dict[str, Any]:
        """Return a copy of what differs between the processes of a training.

        Returns
        -------
        dict
            Losses of the current epoch, states of the generators, and buffers of the model, which
            are averaged only at the end of an epoch.
        """
        return {
            "losses": copied(self.losses),
            "noise": self.noise.get_state(),
            "generators": [generator.get_state() for generator in self._generators],
            "buffers": copied(buffers_of(self.model)),
        }

    def load_own_dict(self, saved: Mapping[str, Any]) -> None:
        """Load what differs between processes, after ``load_state_dict``.

        Parameters
        ----------
        saved : mapping
            As returned by ``own_dict`` in the process of the same rank.
        """
        device = self.noise.device
        self.losses = {k: v.to(device, copy=True) for k, v in saved["losses"].items()}
        self.noise.set_state(saved["noise"])
        self._generator_states = list(saved["generators"])
        self._buffers = dict(saved["buffers"])

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Load a saved state; the weights of the model change in place.

        Parameters
        ----------
        saved : mapping
            As returned by ``state_dict``, for a model with the same weights by name and an
            optimizer of the same kind. Accelerators may differ.

        Raises
        ------
        UsageError
            If the names or shapes of weights or the number of generators differ.
        """
        if len(saved["generators"]) != len(self._generators):
            raise UsageError(
                f"The saved training has {len(saved['generators'])} further generators. Got "
                f"{len(self._generators)}."
            )
        _put_weights(self.model, saved["weights"])
        load_optimizer_state(self.optimizer, saved["optimizer"])
        device = self.noise.device
        best = {k: v.to(device, copy=True) for k, v in saved["best_weights"].items()}
        self._best_weights = _divided(self.model, best)
        self._last_weights = None
        self.best_epoch, self.best_loss = saved["best_epoch"], saved["best_loss"]
        self.history = [dict(record) for record in saved["history"]]
        self.stage, self.first_epoch = saved["stage"], saved["first_epoch"]
        self.epoch, self.step = saved["epoch"], saved["step"]
        self.load_own_dict({**saved, "buffers": {}})

    def result_dict(self) -> dict[str, Any]:
        """Return a copy of what a training that has ended leaves: no training goes on from it.

        Returns
        -------
        dict
            Of the same types as ``state_dict``: the weights that are kept, the history and the best
            epoch.
        """
        is_best = self.best_epoch not in (None, self.epoch) and self._last_weights is None
        return {
            "weights": _gathered(
                self.model, self._best_weights if is_best else _weights(self.model)
            ),
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
            "history": [dict(record) for record in self.history],
            "epoch": self.epoch,
        }

    def load_result(self, saved: Mapping[str, Any]) -> None:
        """Load the result of a training that has ended; the weights of the model change in place.

        Parameters
        ----------
        saved : mapping
            As returned by ``result_dict``, for a model with the same weights by name.

        Raises
        ------
        UsageError
            If the names or shapes of weights differ.
        """
        _put_weights(self.model, saved["weights"])
        self.best_epoch, self.best_loss = saved["best_epoch"], saved["best_loss"]
        self.history = [dict(record) for record in saved["history"]]
        self.epoch, self.step, self.has_ended = saved["epoch"], 0, True

    def begin(self) -> None:
        """Restore the weights of the last epoch and the states of the generators."""
        if self._last_weights is not None:
            _put_weights(self.model, self._last_weights)
            self._last_weights = None
        for generator, state in zip(self._generators, self._generator_states, strict=False):
            generator.set_state(state)
        self._generator_states = []
        own = buffers_of(self.model)
        for name, buffer in self._buffers.items():
            own[name].copy_(buffer)
        self._buffers = {}

    def end_epoch(self, record: Record, *, waits: bool) -> None:
        """Add the record of a complete epoch.

        Parameters
        ----------
        record : dict
            With ``epoch`` and ``validation_loss``.
        waits : bool
            Whether to keep the weights if the validation loss is the lowest so far.
        """
        self.history.append(record)
        self.epoch, self.step, self.losses = record["epoch"], 0, {}
        if waits and (self.best_loss is None or record["validation_loss"] < self.best_loss):
            self.keep(record["validation_loss"])

    @property
    def is_new(self) -> bool:
        """Whether no step has been made."""
        return self.epoch < self.first_epoch and not self.step

    @property
    def waits_from_start(self) -> bool:
        """Whether the initial weights are kept, and no epoch has ended yet."""
        return self.best_epoch is not None and self.best_epoch == self.epoch < self.first_epoch

    @property
    def kept_epoch(self) -> int:
        """Epoch of the weights that ``train`` leaves: the best one with early stopping."""
        return self.epoch if self.best_epoch is None else self.best_epoch

    def keep(self, loss: float) -> None:
        """Keep the current weights as those of the best epoch so far.

        Parameters
        ----------
        loss : float
            Their validation loss.
        """
        self.best_loss, self.best_epoch = loss, self.epoch
        self._best_weights = copied(_weights(self.model))

    def is_over(self, patience: int) -> bool:
        """Return whether the validation loss has not improved for ``patience`` epochs.

        Parameters
        ----------
        patience : int
            Number of epochs to wait.

        Returns
        -------
        bool
        """
        return self.best_epoch is not None and self.epoch - self.best_epoch >= patience

    def put_best(self) -> None:
        """Load the weights of the best epoch; training can still continue from the last."""
        if self.best_epoch is None or (self.best_epoch == self.epoch and not self.step):
            return
        self._last_weights = copied(_weights(self.model))
        _put_weights(self.model, self._best_weights)


def _weights(model: Trainable) -> Weights:
    state_dict = getattr(model, "state_dict", None)
    if state_dict is not None:
        return dict(state_dict())
    return {str(k): p.detach() for k, p in enumerate(model.parameters())}


@torch.no_grad()
def _put_weights(model: Trainable, weights: Weights) -> None:
    own = _weights(model)
    shapes, given = ({k: tuple(t.shape) for k, t in w.items()} for w in (own, weights))
    if shapes != given:
        wrong = sorted(k for k in shapes.keys() | given.keys() if shapes.get(k) != given.get(k))
        raise UsageError(
            "The saved training must have the weights of the model, by name and shape. They differ "
            f"in {', '.join(wrong[:5])}: create the model with the saved parameters."
        )
    parts = _divided(model, weights)
    for name, tensor in own.items():
        tensor.copy_(parts[name])


def _gathered(model: Trainable, tensors: Weights) -> Weights:
    """Return a copy of tensors of the model, whole if processes have parts of them."""
    gathered = getattr(model, "gathered", None)
    return copied(tensors) if gathered is None else gathered(tensors)


def _divided(model: Trainable, tensors: Weights) -> Weights:
    """Return whole tensors as the model has them: this process's part, if it has only that."""
    divided = getattr(model, "divided", None)
    return tensors if divided is None else divided(tensors)
