"""The plain loop of ``tutorial.py`` in JAX and optax, on the CPU; called by ``tutorial.py``.

It starts with the same weights and uses the same batches in the same order. ``jax_step`` is one
jitted step, called from Python; ``jax_scan`` is one call per epoch, a scan of such steps. Both
donate the weights and Adam's state, and take the rows as bytes, scaled batch by batch, which is
faster here than a gather of floats. The first epoch includes compiling.

    python benchmarks/_jax_loop.py jax_step jax_scan --epochs 2
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import time
from collections.abc import Callable
from typing import Any

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
import optax
from torch import nn
from tutorial import BATCH_SIZE, drawn_network, order_of, rows

Weights = list[tuple[jax.Array, jax.Array]]
State = tuple[Weights, Any, jax.Array]  # the weights, Adam's state, the sum of the rows' losses

ADAM = optax.adam(1e-3)


def loss_of(weights: Weights, x: jax.Array) -> jax.Array:
    *hidden, (kernel, bias) = weights
    h = x
    for w, b in hidden:
        h = jax.nn.relu(h @ w + b)
    return jnp.mean((jnp.tanh(h @ kernel + bias) - x) ** 2)


def train_step(state: State, X: jax.Array, indices: jax.Array) -> State:
    weights, moments, total = state
    # Without the mode each index is checked against the bounds.
    batch = (X.at[indices].get(mode="promise_in_bounds").astype(jnp.float32) - 127.5) / 127.5
    loss, gradients = jax.value_and_grad(loss_of)(weights, batch)
    updates, moments = ADAM.update(gradients, moments)
    return optax.apply_updates(weights, updates), moments, total + loss * len(batch)


jitted_step = jax.jit(train_step, donate_argnums=0)


def jax_step(state: State, X: jax.Array, order: np.ndarray) -> State:
    for start in range(0, len(order), BATCH_SIZE):
        state = jitted_step(state, X, order[start : start + BATCH_SIZE])
    return state


@functools.partial(jax.jit, donate_argnums=0)
def jax_scan(state: State, X: jax.Array, order: jax.Array) -> State:
    n_full = len(order) // BATCH_SIZE
    full, rest = jnp.split(order, [n_full * BATCH_SIZE])
    state, _ = jax.lax.scan(
        lambda state, indices: (train_step(state, X, indices), None),
        state,
        full.reshape(n_full, BATCH_SIZE),
        unroll=2,  # faster than 1, 6 and 13 on two cores
    )
    return train_step(state, X, rest) if len(rest) else state


LOOPS: dict[str, Callable[..., State]] = {"jax_step": jax_step, "jax_scan": jax_scan}


def run(run_epoch: Callable[..., State], n_epochs: int) -> dict[str, list[float]]:
    """Return seconds and mean training loss of each epoch."""
    X = jnp.asarray(rows())
    weights = drawn_weights()
    moments = ADAM.init(weights)
    seconds, losses = [], []
    for epoch in range(1, n_epochs + 1):
        started = time.perf_counter()
        order = order_of(epoch, len(X)).numpy().astype(np.int32)
        weights, moments, total = run_epoch((weights, moments, jnp.zeros(())), X, order)
        losses.append(float(total) / len(X))  # waits for the computation
        seconds.append(time.perf_counter() - started)
    return {"seconds": seconds, "losses": losses}


def drawn_weights() -> Weights:
    linear = [layer for layer in drawn_network() if isinstance(layer, nn.Linear)]
    # Copies: JAX may keep numpy's memory, here torch's, and donated memory is overwritten.
    return [
        (jnp.array(layer.weight.detach().numpy().T), jnp.array(layer.bias.detach().numpy()))
        for layer in linear
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("loops", nargs="+", choices=LOOPS)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    figures = {name: run(LOOPS[name], arguments.epochs) for name in arguments.loops}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
