"""Faster objectives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..nn import MLP, LinearPathAutoencoder, MLPAutoencoder, MLPPair, StackedNetwork
from ..objectives import Classification, Reconstruction, TrimmedDenoising
from ..training import Trainable
from ._fused_losses import LOSS_KERNELS, FusedLoss
from ._layer_programs import LayerPrograms
from ._switches import is_on

__all__ = ["accelerated", "accelerates"]

_Way = Callable[[Any], Trainable]
_WAYS: dict[type[Any], _Way] = {}
_Kind = TypeVar("_Kind", bound=_Way)

# Networks that consist of the linear layers and activations of ``layers()``, in that order.
_PERCEPTRONS = frozenset({MLP, MLPPair, MLPAutoencoder, StackedNetwork})


def accelerated(trainable: Trainable) -> Trainable:
    """Return a trainable with the same parameters and losses that trains faster.

    Parameters
    ----------
    trainable : Trainable
        Its parameters are shared, and so is its ``state_dict``.

    Returns
    -------
    Trainable
        ``trainable`` itself if nothing is registered for its class, or no accelerator that is on
        would help.
    """
    way = _WAYS.get(type(trainable))
    return trainable if way is None else way(trainable)


def accelerates(kind: type[Any]) -> Callable[[_Kind], _Kind]:
    """Return a decorator that registers an accelerated version for a class of objectives.

    Parameters
    ----------
    kind : type
        Exactly this class, without subclasses.

    Returns
    -------
    callable
        Decorates a function from a trainable of that class to a trainable.
    """

    def register(way: _Kind) -> _Kind:
        _WAYS[kind] = way
        return way

    return register


class _Network:
    """Network as one node for autograd, if its layers are known."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain
        is_known = type(plain) in _PERCEPTRONS and is_on("gradients") and not _fills_missing(plain)
        self.programs = LayerPrograms(plain.layers()) if is_known else None

    def __call__(self, x: Tensor) -> Tensor:
        if self.programs is not None and torch.is_grad_enabled():
            return self.programs.through(x)
        out: Tensor = self._plain(x)
        return out

    def bind(self) -> None:
        """Bind operations to the parameters, which may have moved."""
        if self.programs is not None:
            self.programs.bind()


def _fills_missing(plain: nn.Module) -> bool:
    """Return whether a network replaces missing values, which programs of layers do not."""
    return any(getattr(module, "fills_missing", False) for module in plain.modules())


class _LinearPathNetwork(_Network):
    """Autoencoder with linear paths, whose perceptrons are one node each for autograd."""

    def __init__(self, plain: LinearPathAutoencoder) -> None:
        super().__init__(plain)
        self._parts = [
            (part, LayerPrograms(part.perceptron.layers())) for part in plain.with_paths()
        ]

    def __call__(self, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return super().__call__(x)
        for part, programs in self._parts:
            x = part.joined(x, programs.through(x))
        return x

    def bind(self) -> None:
        for _, programs in self._parts:
            programs.bind()


def _network(plain: Any) -> _Network:
    has_paths = type(plain) is LinearPathAutoencoder and is_on("gradients")
    return _LinearPathNetwork(plain) if has_paths else _Network(plain)


class _Accelerated:
    """Trainable that computes the losses of a plain one differently."""

    def __init__(self, plain: Any) -> None:
        self.plain = plain
        self.is_static: bool = plain.is_static
        self.network = _network(plain.network)

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters of the plain trainable."""
        parameters: Iterator[nn.Parameter] = self.plain.parameters()
        return parameters

    def state_dict(self) -> dict[str, Tensor]:
        """Return the weights of the plain trainable."""
        weights: dict[str, Tensor] = self.plain.state_dict()
        return weights

    def train(self, mode: bool = True) -> None:
        """Switch to training, for which operations are bound to the parameters, or back."""
        self.plain.train(mode)
        self.network.bind()

    def validation_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of the plain trainable: without gradients there is nothing to save."""
        loss: tuple[Tensor, dict[str, Tensor]] = self.plain.validation_loss(batch, generator)
        return loss


@accelerates(Reconstruction)
class _Reconstruction(_Accelerated):
    plain: Reconstruction

    def __init__(self, plain: Reconstruction) -> None:
        super().__init__(plain)
        is_fused = is_on("fused-losses") and plain.loss.name in LOSS_KERNELS
        self._fused = FusedLoss(plain.loss.name) if is_fused else None

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss; see ``Reconstruction.training_loss``."""
        given, target, weights = self.plain.corrupted(batch, generator)
        if self._fused is None:
            return self.plain.loss(self.network(given), target, weights), {}
        if self.network.programs is None:
            return self._fused(self.network(given), target, weights), {}
        evaluate = functools.partial(self._fused.evaluate, x=target, weights=weights)
        return self.network.programs.differentiate(given, evaluate), {}

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss; see ``Reconstruction.validation_loss``."""
        loss = self._fused or self.plain.loss
        return loss(self.network(batch), batch), {}


@accelerates(Classification)
class _Classification(_Accelerated):
    plain: Classification

    def training_loss(
        self, batch: tuple[Tensor, Tensor], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss; see ``Classification.training_loss``."""
        rows, classes = batch
        given = self.plain.corrupted(rows, generator)
        return self.plain.loss_of(self.network(given), classes), {}


@accelerates(TrimmedDenoising)
class _TrimmedDenoising(_Accelerated):
    plain: TrimmedDenoising

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss; see ``TrimmedDenoising.training_loss``."""
        return self.plain.loss_of(self.network, batch, generator), {}
