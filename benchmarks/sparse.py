"""A sparse matrix that would take 40 GB dense: one epoch, codes and a score, in a laptop's memory.

Rows are bags of words from mixtures of topics, at a density of 0.1 %, so that there is something
to learn. A child process makes the rows, trains on them and reads its own peak of memory
(``ru_maxrss``), interpreter, torch and rows included. A truncated SVD with as many numbers, fitted
to its end on the same rows, is the bound of what a linear code explains.

    OMP_NUM_THREADS=2 python benchmarks/sparse.py
    python benchmarks/sparse.py --rows 20000        a tenth; prints, and writes nothing
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import torch
from _machine import write
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from isthmus import Autoencoder

N_ROWS, N_FEATURES = 200_000, 50_000
WORDS_PER_ROW = 64  # some twice or more often, which leaves 0.1 % of the features
N_TOPICS, WORDS_PER_TOPIC = 20, 50
SHARE_OF_NOISE = 0.1  # words that belong to no topic of the row
BLOCK = 10_000  # rows generated at a time
N_SCORED = 20_000
SEED = 0
PARAMETERS: dict[str, Any] = {
    "latent_dim": 16,
    "hidden_dims": (64,),
    "epochs": 1,
    "random_state": 0,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=N_ROWS)
    n_rows = parser.parse_args().rows
    # Spawned, because a forked child would start with the parent's memory.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        figures = pool.submit(measure, n_rows).result()
        figures["truncated_svd"] = pool.submit(measure_svd, n_rows).result()
    if n_rows == N_ROWS:
        write(__file__, figures)
    print(json.dumps(figures, indent=1))


def measure(n_rows: int) -> dict[str, Any]:
    clock = Clock()
    clock.lap("start")
    X = topic_mixtures(n_rows)
    clock.lap("making_the_rows")
    model = Autoencoder(**PARAMETERS).fit(X)
    clock.lap("fit")
    Z = model.transform(X)
    clock.lap("transform")
    score = model.score(X[:N_SCORED])
    clock.lap("score")
    return {
        "seed": SEED,
        "shape": X.shape,
        "density": X.nnz / (X.shape[0] * X.shape[1]),
        "gigabytes": {
            "dense_in_float64": 8 * X.shape[0] * X.shape[1] / 1e9,
            "dense_in_float32": 4 * X.shape[0] * X.shape[1] / 1e9,
            "csr": sum(part.nbytes for part in (X.data, X.indices, X.indptr)) / 1e9,
            "codes": Z.nbytes / 1e9,
        },
        "parameters": PARAMETERS,
        "batch_size": model.settings_.batch_size,
        "threads": torch.get_num_threads(),
        "history": model.history_,
        "share_of_variance_explained": score,
        "rows_scored": min(N_SCORED, n_rows),
        "seconds": clock.seconds,
        "processor_seconds": clock.processor_seconds,
        "peak_gigabytes_after": clock.peaks,
    }


def measure_svd(n_rows: int) -> dict[str, float]:
    X = topic_mixtures(n_rows)
    begin = time.perf_counter()
    svd = TruncatedSVD(PARAMETERS["latent_dim"], random_state=SEED).fit(X)
    seconds = time.perf_counter() - begin
    some = X[:N_SCORED]
    size = float(some.power(2).sum())
    # With orthonormal components, the squares of the codes are the explained squares of the rows.
    residual = size - float(np.square(svd.transform(some)).sum())
    total = size - some.shape[0] * float(np.square(some.mean(axis=0)).sum())
    return {"share_of_variance_explained": 1 - residual / total, "fit_seconds": round(seconds, 2)}


def topic_mixtures(n_rows: int) -> Any:
    """Return a CSR array of counts as float32: each row draws words from three of the topics."""
    rng = np.random.default_rng(SEED)
    words_of = rng.integers(N_FEATURES, size=(N_TOPICS, WORDS_PER_TOPIC))
    # Block by block, because int64 draws for all rows at once would take several times the memory.
    starts = range(0, n_rows, BLOCK)
    return sparse.vstack(
        [_block(rng, words_of, min(BLOCK, n_rows - start)) for start in starts], format="csr"
    )


def _block(rng: np.random.Generator, words_of: Any, n_rows: int) -> Any:
    topics = rng.integers(N_TOPICS, size=(n_rows, 3, 1))
    of_row = np.take_along_axis(topics[..., 0], rng.integers(3, size=(n_rows, WORDS_PER_ROW)), 1)
    # The square of a uniform draw: a topic's first words are its frequent ones, as in texts.
    ranks = (rng.random((n_rows, WORDS_PER_ROW)) ** 2 * WORDS_PER_TOPIC).astype(np.intp)
    words = words_of[of_row, ranks]
    stray = rng.random((n_rows, WORDS_PER_ROW)) < SHARE_OF_NOISE
    words[stray] = rng.integers(N_FEATURES, size=int(stray.sum()))
    ones = np.ones(words.size, dtype=np.float32)
    ends = np.arange(0, words.size + 1, WORDS_PER_ROW)
    block = sparse.csr_array((ones, words.ravel(), ends), shape=(n_rows, N_FEATURES))
    block.sum_duplicates()
    return block


class Clock:
    """Time of each part, by the clock and the processor, and the peak of memory up to its end."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor_seconds: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self._begin = time.perf_counter(), time.process_time()

    def lap(self, part: str) -> None:
        """Record the time and memory of the part that ends here."""
        wall, processor = self._begin
        self.seconds[part] = round(time.perf_counter() - wall, 2)
        # A busy machine affects the first, but hardly the second.
        self.processor_seconds[part] = round(time.process_time() - processor, 2)
        # Linux counts kibibytes, macOS bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        self.peaks[part] = round(peak / 1e9, 3)
        print(f"{part}: {self.seconds[part]} s, {self.peaks[part]} GB", file=sys.stderr, flush=True)
        self._begin = time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main()
