"""Blocks of results that are kept in files until all are done, so that a command can go on."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
from numpy.typing import NDArray
from scipy import sparse

from .._documents import read_json_file
from .._files import flush, write_text
from .._folder_locks import locked
from ..errors import OutputExistsError, UsageError

__all__ = ["KeptBlocks", "joined_blocks", "kept_blocks", "kept_folder"]

_MANIFEST = "manifest.json"


class KeptBlocks:
    """Blocks of results in a hidden folder, one file for each, flushed to the disk.

    Nothing is written before the first block is kept.

    Parameters
    ----------
    folder : pathlib.Path
        Hidden folder next to the output.
    facts : mapping
        What the blocks depend on: JSON types.
    enter : callable
        Locks the folder, once it is there.
    about : mapping
        Further JSON values of the command that was interrupted.

    Attributes
    ----------
    n_kept : int
        Number of blocks in the folder.
    about : dict
        Further JSON values: those of the interrupted command, if its blocks are used.
    on_continuing : callable
        Called with the number that is done and that of all, once the first block that is not kept
        follows kept ones.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, Any],
        enter: Callable[[], None],
        about: Mapping[str, Any],
    ) -> None:
        self._folder, self._facts, self._enter = folder, facts, enter
        self._is_ready = False
        self.n_kept = 0
        self.about = dict(about)
        self.on_continuing: Callable[[int, int], None] = lambda done, total: None
        self._is_after_kept = False

    def resume(self) -> None:
        """Use the blocks that an interrupted command kept.

        Raises
        ------
        UsageError
            If they depend on something else.
        """
        try:
            document = read_json_file(self._folder / _MANIFEST)
            facts, about = document["facts"], document["about"]
        except (OSError, ValueError, KeyError, TypeError):
            shutil.rmtree(self._folder, ignore_errors=True)  # killed before the first block
            return
        _check_same(facts, json.loads(json.dumps(self._facts)))
        self.about = dict(about)
        self._enter()
        self._is_ready = True
        self.n_kept = sum(not path.name.startswith(".") for path in self._blocks())

    def prepare(self) -> None:
        """Create the folder and lock it, if no block has been kept yet."""
        if self._is_ready:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._enter()
        document = {"facts": dict(self._facts), "about": self.about}
        write_text(self._folder / _MANIFEST, json.dumps(document, indent=1))
        self._is_ready = True

    def block(
        self, name: str, k: int, compute: Callable[[], Any], done: tuple[int, int] = (0, 0)
    ) -> Any:
        """Return a block: the kept one, or one that is computed and kept.

        Parameters
        ----------
        name : str
            Name of the results, part of a file name.
        k : int
            Number of the block.
        compute : callable
            Returns an ndarray, a CSR array or a pyarrow.Table.
        done : tuple of int and int, default=(0, 0)
            Number of rows (or whatever is counted) before the block, and of all, for
            ``on_continuing``.

        Returns
        -------
        ndarray, CSR array or pyarrow.Table
        """
        stem = f"{name}-{k:06}"
        if self._is_ready:
            for suffix, read in _READERS.items():
                path = self._folder / f"{stem}{suffix}"
                if path.exists():
                    self._is_after_kept = True
                    return read(path)
        if self._is_after_kept and done[0]:
            self.on_continuing(*done)
        self._is_after_kept = False
        found = compute()
        self._keep(stem, found)
        return found

    def forget(self, name: str, k: int) -> None:
        """Delete a block, if it is kept.

        Parameters
        ----------
        name : str
            Name of the results.
        k : int
            Number of the block.
        """
        for suffix in _READERS:
            (self._folder / f"{name}-{k:06}{suffix}").unlink(missing_ok=True)

    def _keep(self, stem: str, found: Any) -> None:
        self.prepare()
        fresh = self._folder / f".{stem}"
        path = self._folder / f"{stem}{_write(found, fresh)}"
        flush(fresh)
        fresh.replace(path)
        self.n_kept += 1

    def _blocks(self) -> list[Path]:
        return [path for path in self._folder.glob("*-*") if path.suffix in _READERS]


@contextmanager
def kept_blocks(
    out: Path,
    facts: Mapping[str, Any],
    *,
    resume: bool = False,
    about: Mapping[str, Any] | None = None,
) -> Iterator[KeptBlocks]:
    """Yield the blocks of an output, which are deleted when the block of code succeeds.

    If it fails, or the process is killed, the blocks stay in a hidden folder next to the output,
    for a command with ``resume``. A command without it deletes those of an earlier one.

    Parameters
    ----------
    out : pathlib.Path
        Output file.
    facts : mapping
        What the blocks depend on: JSON types. Each key is the subject of a message, see
        ``_check_same``.
    resume : bool, default=False
        Whether to go on with what is kept; if nothing is, all blocks are computed.
    about : mapping, default=None
        Further JSON values to store with the first block.

    Yields
    ------
    KeptBlocks

    Raises
    ------
    UsageError
        If what is kept depends on something else.
    OutputExistsError
        If another process is writing the output.
    """
    folder = kept_folder(out)
    with ExitStack() as stack:
        is_locked = False

        def enter() -> None:
            nonlocal is_locked
            if not is_locked and stack.enter_context(locked(folder)) is False:
                raise OutputExistsError(
                    f"Another process is writing {out}. Wait until it has ended, or choose another "
                    "name."
                )
            is_locked = True

        kept = KeptBlocks(folder, facts, enter, about or {})
        if folder.is_dir():
            if resume:
                kept.resume()
            else:
                enter()
                shutil.rmtree(folder, ignore_errors=True)
                stack.close()
                is_locked = False
        yield kept
        shutil.rmtree(folder, ignore_errors=True)


def joined_blocks(out: Path, facts: Mapping[str, Any]) -> KeptBlocks:
    """Return the blocks of an output that another process has prepared and deletes at the end.

    Parameters
    ----------
    out : pathlib.Path
        Output.
    facts : mapping
        As for ``kept_blocks``.

    Returns
    -------
    KeptBlocks

    Raises
    ------
    UsageError
        If the other process has other facts.
    """
    kept = KeptBlocks(kept_folder(out), facts, lambda: None, {})
    kept.resume()
    return kept


def kept_folder(out: Path) -> Path:
    """Return the hidden folder of the blocks of an output, which need not exist.

    Parameters
    ----------
    out : pathlib.Path
        Output; of a link, the folder is next to the file that it leads to.

    Returns
    -------
    pathlib.Path
    """
    target = out.resolve() if out.is_symlink() else out
    return target.with_name(f".{target.name[:100]}.parts")


@functools.singledispatch
def _write(block: Any, path: Path) -> str:
    """Write a block, and return the suffix of its file type."""
    with path.open("wb") as file:
        sparse.save_npz(file, block, compressed=False)
    return ".npz"


@_write.register
def _(block: np.ndarray, path: Path) -> str:
    with path.open("wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(block), allow_pickle=False)
    return ".npy"


@_write.register
def _(block: pa.Table, path: Path) -> str:
    with path.open("wb") as file:  # Arrow expands "~" in paths, and takes UTF-8 only
        pyarrow.feather.write_feather(block, file, compression="uncompressed")
    return ".arrow"


def _read_array(path: Path) -> NDArray[Any]:
    found: NDArray[Any] = np.load(path, allow_pickle=False)
    return found


_READERS: dict[str, Callable[[Path], Any]] = {
    ".npy": _read_array,
    ".npz": sparse.load_npz,
    ".arrow": functools.partial(pyarrow.feather.read_table, memory_map=False),
}


def _check_same(kept: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` for the first fact that differs."""
    for subject in now:
        if kept.get(subject) == now[subject]:
            continue
        what = f"{subject} changed since then"
        if isinstance(now[subject], dict):
            before = kept.get(subject) or {}
            names = dict.fromkeys([*before, *now[subject]])
            name = next(name for name in names if before.get(name) != now[subject].get(name))
            was, is_now = (own.get(name, "not given") for own in (before, now[subject]))
            what = f"{name} was {was}, and is {is_now} now"
        raise UsageError(
            "`resume` continues an interrupted command with the same run, rows and options, but "
            f"{what}: restore that, or start again without --resume."
        )
