"""Training with weights, gradients and optimizer state that are divided among processes."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..rows import Rows
from ._loop import train
from ._lost_processes import naming_lost_processes
from ._optimizers import make_optimizer
from ._ranks import ProcessRanks
from ._settings import Settings
from ._steps import Steps, n_rows_of

__all__ = ["train_sharded"]


def train_sharded(
    model: Any,
    rows: Rows,
    settings: Settings,
    *,
    ranks: ProcessRanks,
    optimizer: None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """Train a model like ``train``, with each process updating a part of its weights.

    PyTorch's ``fully_shard`` divides each linear layer among the processes: each keeps its part
    of the weights, gradients, optimizer state and best weights, and gets the whole weights of a
    layer only while it computes with them. The validation loss is computed with the whole weights
    of all layers, while there are no gradients. Checkpoints have whole tensors.

    Parameters
    ----------
    model : torch.nn.Module
        Trainable whose parameters all belong to linear layers that it calls; changed in place.
    rows : Rows
        Training rows.
    settings : Settings
        Training settings; the optimizer must treat each weight by itself ("adam", "adamw", "sgd").
    ranks : ProcessRanks
        The processes, all of which must call this.
    optimizer : None
        Optimizers of earlier trainings cannot be continued.
    **options
        As for ``isthmus.training.train``.

    Returns
    -------
    list of dict
        One record per epoch, the same in all processes.

    Raises
    ------
    TrainingError
        If the loss is not finite.
    """
    ranks.begin(model, settings.batch_size)
    sharded = _ShardedModel(model)
    records = train(
        sharded,
        rows,
        settings,
        optimizer=_ShardedOptimizer(sharded, settings),
        ranks=ranks,
        make_steps=_ShardedSteps,
        **options,
    )
    sharded.give_back(model)
    return records


class _ShardedModel:
    """Trainable whose weights are divided among the processes.

    Parameters
    ----------
    model : torch.nn.Module
        Trainable with the whole weights, the same in all processes, which it loses until
        ``give_back``.
    """

    is_divided = True

    def __init__(self, model: nn.Module) -> None:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        self._model: Any = copy.deepcopy(model)
        for parameter in model.parameters():
            parameter.data = parameter.new_empty(0)
        device = next(model.parameters()).device
        mesh = init_device_mesh(device.type, (dist.get_world_size(),))
        self._layers: list[Any] = [m for m in self._model.modules() if isinstance(m, nn.Linear)]
        for layer in self._layers:
            fully_shard(layer, mesh=mesh)
        self._keep_whole(False)

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parts of this process."""
        given: Iterator[nn.Parameter] = self._model.parameters()
        return given

    def state_dict(self) -> dict[str, Tensor]:
        """Return the parts of this process, by the names of the weights."""
        given: dict[str, Tensor] = self._model.state_dict()
        return given

    def train(self, mode: bool = True) -> None:
        """Switch between training and evaluation mode."""
        self._model.train(mode)
        if mode:
            self._keep_whole(False)

    def unite(self) -> None:
        """Get the whole weights, until training goes on; all processes must call this."""
        self._keep_whole(True)
        for layer in self._layers:
            layer.unshard()

    def _keep_whole(self, keeps: bool) -> None:
        for layer in self._layers:
            layer.set_reshard_after_forward(not keeps)
            if not keeps:
                layer.reshard()

    def training_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch; all processes must call this."""
        given: tuple[Tensor, dict[str, Tensor]] = self._model.training_loss(batch, generator)
        return given

    def validation_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows, after ``unite``."""
        given: tuple[Tensor, dict[str, Tensor]] = self._model.validation_loss(batch, generator)
        return given

    def gathered(self, tensors: Mapping[str, Any]) -> dict[str, Tensor]:
        """Return whole tensors; all processes must call this."""
        return {name: whole_of(tensor) for name, tensor in tensors.items()}

    def divided(self, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return the parts of whole tensors, by the names of the weights."""
        own = self.state_dict()
        return {name: part_of(tensor, own[name]) for name, tensor in tensors.items()}

    @torch.no_grad()
    def give_back(self, model: nn.Module) -> None:
        """Give the model its whole weights; all processes must call this."""
        self._keep_whole(False)
        for parameter, part in zip(model.parameters(), self.parameters(), strict=True):
            parameter.data = whole_of(part.detach())


class _ShardedOptimizer:
    """Optimizer of divided weights, whose state is saved and loaded as that of whole ones.

    Parameters
    ----------
    model : _ShardedModel
        Model with the weights.
    settings : Settings
        Optimizer with its learning rate, momentum and weight decay.
    """

    def __init__(self, model: _ShardedModel, settings: Settings) -> None:
        self._parameters: list[Any] = list(model.parameters())
        self._optimizer = make_optimizer(
            settings.optimizer,
            self._parameters,
            learning_rate=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
        )
        self.param_groups = self._optimizer.param_groups

    def zero_grad(self) -> None:
        """Clear all gradients."""
        self._optimizer.zero_grad()

    def step(self) -> None:
        """Update the part of this process."""
        self._optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the state of whole weights; all processes must call this."""
        own = self._optimizer.state_dict()
        state = {
            k: {name: whole_of(value) for name, value in of.items()}
            for k, of in own["state"].items()
        }
        return {**own, "state": state}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state of whole weights, the same in all processes."""
        parts = {
            k: {
                name: part_of(value, self._parameters[k]) if _is_of_weights(value) else value
                for name, value in of.items()
            }
            for k, of in state_dict["state"].items()
        }
        self._optimizer.load_state_dict({**state_dict, "state": parts})
        self.param_groups = self._optimizer.param_groups


class _ShardedSteps(Steps):
    """Steps whose backward pass adds up the gradients, and leaves each process its part of them."""

    @contextlib.contextmanager
    def epoch(self, epoch: int, seed: int) -> Iterator[Iterable[Any]]:
        """Prepare an epoch; after it, the model has its whole weights."""
        with super().epoch(epoch, seed) as batches:
            yield batches
        model: Any = self.model
        model.unite()

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Run one step at the current learning rate."""
        with naming_lost_processes():
            return self._step(batch)

    def _step(self, batch: Any) -> dict[str, Tensor]:
        ranks: Any = self.ranks
        n_rows = n_rows_of(batch)
        loss, parts = self.model.training_loss(batch, self.noise)
        self.optimizer.zero_grad()
        # The backward pass averages over the processes, whose shares may differ by a row.
        (loss * (n_rows * ranks.world / ranks.rows_of_all(n_rows))).backward()
        self.optimizer.step()
        return {"train_loss": loss.detach(), **{k: part.detach() for k, part in parts.items()}}


def part_of(whole: Tensor, parameter: Any) -> Any:
    """Return a tensor divided as a parameter is, without communication.

    Parameters
    ----------
    whole : Tensor
        The same in all processes.
    parameter : torch.distributed.tensor.DTensor
        Of the same shape.

    Returns
    -------
    torch.distributed.tensor.DTensor
    """
    from torch.distributed.tensor import DTensor

    if isinstance(whole, DTensor):  # divided already
        return whole
    own = parameter.to_local()
    n_before = -(-len(whole) // parameter.device_mesh.size()) * parameter.device_mesh.get_rank()
    return DTensor.from_local(
        whole[n_before : n_before + len(own)].to(own.device, copy=True),
        parameter.device_mesh,
        parameter.placements,
        run_check=False,
        shape=parameter.shape,
        stride=parameter.stride(),
    )


def whole_of(value: Any) -> Any:
    """Return a divided tensor as a whole one, in all processes; other values as they are.

    Parameters
    ----------
    value : torch.distributed.tensor.DTensor or other

    Returns
    -------
    Tensor or other
    """
    gather = getattr(value, "full_tensor", None)
    return value if gather is None else gather()


def _is_of_weights(value: Any) -> bool:
    """Return whether a state has a number per weight, and not one of all, as the step."""
    return isinstance(value, Tensor) and value.ndim > 0
