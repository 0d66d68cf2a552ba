"""Commands that write results of many rows: `--resume`, and a folder of results for one of rows."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .._translation import Message, translate
from ..errors import DataError
from ._drift_warning import check_fail_on, say_warning
from ._dry_run import say_dry_run
from ._launched_ranks import launch
from ._said import Said
from ._shared_shards import ShardRanks, check_shares
from ._status_line import Status
from ._terminal_text import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..runs import FittedRun, KeptBlocks

__all__ = [
    "Done",
    "Rows",
    "Work",
    "check_outputs",
    "options_given",
    "provenance",
    "say_written",
]

_NO_MATTER = ("stream", "memory", "max_memory")  # options that do not change results

# Writes the results for one source to one file, and returns the number of rows, whether they are
# unlike the training rows, and further whole numbers.
One: TypeAlias = "Callable[[FittedRun, str | None, Path, KeptBlocks], Sequence[int]]"

# Rows of a source, and further columns to write next to them.
Rows: TypeAlias = "tuple[Any, dict[str, NDArray[Any]]]"
# Reads the rows of one source, after all checks of it and its output.
Read: TypeAlias = "Callable[[FittedRun, str | None, Path], Rows]"


def options_given(rows: Any) -> dict[str, Any]:
    """Return the options of rows that change results.

    Parameters
    ----------
    rows : dataclass
        Options of rows.

    Returns
    -------
    dict
        Values, None for those not given.
    """
    given = {field.name: getattr(rows, field.name) for field in fields(rows)}
    return {
        name: getattr(value, "text", value)
        for name, value in given.items()
        if name not in _NO_MATTER
    }


def check_outputs(
    command: str, out: Path, source: str | None, suffixes: tuple[str, ...]
) -> list[tuple[Path, Path]] | None:
    """Raise an error unless the results may be written to a file, or to a folder for shards.

    Several processes of torchrun require a folder.

    Parameters
    ----------
    command : str
        Name of the command.
    out : pathlib.Path
        Output.
    source : str or None
        Source on the command line.
    suffixes : tuple of str
        Those of the files that the command writes.

    Returns
    -------
    list of tuple of pathlib.Path, or None
        Each file of the source and that of its results; None for one file of results.
    """
    from ..runs import check_output, shard_outputs

    is_folder = not out.suffix or out.is_dir()
    shards = shard_outputs(source, out) if is_folder and source is not None else None
    for path in [out] if shards is None else [target for _, target in shards]:
        check_output(path, suffixes)
    check_shares(launch(), command, shards)
    return shards


def provenance(fitted: FittedRun, kept: KeptBlocks) -> dict[str, str]:
    """Return where results come from; of a resumed command, with the time of its beginning.

    Parameters
    ----------
    fitted : FittedRun
        Loaded run.
    kept : KeptBlocks
        Blocks of the command.

    Returns
    -------
    dict of str to str
    """
    now = fitted.provenance()
    created = kept.about.setdefault("created", now["created"])
    return {**now, "created": created}


@dataclass(frozen=True)
class Done:
    """What a command has written.

    Attributes
    ----------
    numbers : list of list of int
        Return value of ``One`` for each file of results.
    files : list of pathlib.Path
        The files.
    is_folder : bool
        Whether they are the files of a folder.
    fitted : FittedRun
        The run.
    """

    numbers: list[list[int]]
    files: list[Path]
    is_folder: bool
    fitted: FittedRun

    @property
    def facts(self) -> dict[str, Any]:
        """Keys of the JSON document that all commands have."""
        return {"files": [str(path) for path in self.files], "n_rows": self.n_rows}

    @property
    def n_rows(self) -> int:
        """Number of rows of all files."""
        return sum(own[0] for own in self.numbers)

    @property
    def n_drifted(self) -> int:
        """Number of files whose rows are unlike the training rows."""
        return sum(own[1] for own in self.numbers)


@dataclass(frozen=True)
class Work:
    """Command that writes results for a source, and can go on when it was interrupted.

    Attributes
    ----------
    command : str
        Its name.
    run, source, out
        Run, source and output on the command line.
    shards : list of tuple of pathlib.Path, or None
        Return value of ``check_outputs``.
    options : mapping
        Options that change the results.
    """

    command: str
    run: Path
    source: str | None
    out: Path
    shards: list[tuple[Path, Path]] | None
    options: Mapping[str, Any]

    def written(
        self,
        one: One,
        device: str,
        status: Status,
        said: Said,
        *,
        resume: bool = False,
        fail_on: str | None = None,
    ) -> Done:
        """Write the results of the source, or of each of its files that is not done.

        Parameters
        ----------
        one : callable
            Writes the results for one source to one file.
        device : str
            Device of the model.
        status : Status
            Told what is done.
        said : Said
            Prints notes.
        resume : bool, default=False
            Whether to go on with what an interrupted command kept.
        fail_on : str, default=None
            Value of ``--fail-on``.

        Returns
        -------
        Done
        """
        started = launch()
        ranks = ShardRanks(started)
        resume = resume or started.restart > 0  # torchrun has started the same command again
        with self._kept(said, ranks, resume=resume) as kept:
            from ..runs import open_run

            status.loading()
            fitted = open_run(self.run, device=device)
            check_fail_on(fail_on, fitted)
            files = [out for _, out in self._places]
            if self.shards is None:
                kept.on_continuing = _says_rows(said, self.out)
                numbers = [[int(n) for n in one(fitted, self.source, self.out, kept)]]
                return Done(numbers, files, False, fitted)
            kept.on_continuing = _says_files(said, self.out)
            with said.summed():
                own = {
                    k: self._of_shard(fitted, one, kept, k, said, resume=resume)
                    for k in range(ranks.rank, len(self.shards), ranks.world)
                }
                for note in ranks.others("notes", said.sums):
                    said.note(Message(note[0], note[1], **note[2]))
            return Done(ranks.all_of(own), files, True, fitted)

    def dry_run(
        self,
        read: Read,
        device: str,
        status: Status,
        language: str,
        *,
        as_json: bool = False,
        beside: Sequence[Path] = (),
    ) -> int:
        """Print what would be read and written, after all checks, and return the exit code.

        Parameters
        ----------
        read : callable
            Reads the rows of one source.
        device : str
            Device of the model.
        status : Status
            Told what is done.
        language : {"en", "zh"}
            Language of the lines.
        as_json : bool, default=False
            Whether to print a JSON document instead.
        beside : sequence of pathlib.Path, default=()
            Further outputs.

        Returns
        -------
        int
        """
        from ..runs import open_run

        status.loading()
        fitted = open_run(self.run, device=device)
        rows = {
            source or fitted.source_name: read(fitted, source, out)[0].shape[0]
            for source, out in self._places
        }
        writes = [*(out for _, out in self._places), *beside]
        return say_dry_run({self.run: None, **rows}, writes, language, as_json=as_json)

    @functools.cached_property
    def _facts(self) -> dict[str, Any]:
        """What the results depend on; the weights of the model are hashed for it."""
        from ..runs import command_facts

        return command_facts(self.command, self.run, self.source, self.options)

    @property
    def _places(self) -> list[tuple[str | None, Path]]:
        """Each source, and the output for it."""
        if self.shards is None:
            return [(self.source, self.out)]
        return [(str(shard), out) for shard, out in self.shards]

    def _of_shard(
        self, fitted: FittedRun, one: One, kept: KeptBlocks, k: int, said: Said, *, resume: bool
    ) -> list[int]:
        import numpy as np

        from ..runs import kept_blocks, source_facts

        assert self.shards is not None
        shard, target = self.shards[k]

        def compute() -> Any:
            facts = self._facts | source_facts(str(shard))
            with kept_blocks(target, facts, resume=resume) as own:
                own.on_continuing = _says_rows(said, target)
                try:
                    return np.array(list(one(fitted, str(shard), target, own)), np.int64)
                except DataError as error:
                    if str(shard) in str(error):
                        raise
                    raise DataError(f"`{shard}` cannot be used. {error}") from error.__cause__

        if not target.exists():
            kept.forget("shard", k)
        return [int(n) for n in kept.block("shard", k, compute, (k, len(self.shards)))]

    @contextmanager
    def _kept(self, said: Said, ranks: ShardRanks, *, resume: bool) -> Iterator[KeptBlocks]:
        """Yield the blocks of the output, and say so if it is not completed.

        The blocks of several processes are those of rank 0, which alone deletes them.
        """
        from ..runs import joined_blocks, kept_blocks, kept_folder

        ranks.join()
        if ranks.rank:
            ranks.of("ready", 0)
            yield joined_blocks(self.out, self._facts)
            return
        outs = [self.out, *(target for _, target in self.shards or ())]
        file = str(self.out)
        with kept_blocks(self.out, self._facts, resume=resume) as kept:
            if resume and not any(kept_folder(out).is_dir() for out in outs):
                said.note(
                    Message(
                        "There is nothing to continue for {file}: all rows are computed.", file=file
                    )
                )
            try:
                if ranks.world > 1:
                    kept.prepare()
                    ranks.say("ready")
                yield kept
            except BaseException:
                if any(kept_folder(out).is_dir() for out in outs):
                    said.note(
                        Message(
                            "What is done of {file} is kept: the same command with `--resume` "
                            "continues.",
                            file=file,
                        )
                    )
                raise


def _says_rows(said: Said, out: Path) -> Callable[[int, int], None]:
    """Return a function that prints how many rows of an output are done already."""
    return lambda done, total: said.line(
        Message("Continuing {file} after {n:,} of {m:,} rows.", file=str(out), n=done, m=total)
    )


def _says_files(said: Said, out: Path) -> Callable[[int, int], None]:
    """Return a function that prints how many files of an output are done already."""
    return lambda done, total: said.line(
        Message(
            "Continuing {file} after {n:,} of {m:,} files. Notes are about the remaining ones.",
            file=str(out),
            n=done,
            m=total,
        )
    )


def say_written(message: Message, done: Done, language: str) -> None:
    """Print on stderr what is written, and how many files have drifted.

    Parameters
    ----------
    message : Message
        The sentence about the rows.
    done : Done
        What is written.
    language : {"en", "zh"}
        Language of the lines.
    """
    say(translate(message, language), stream=sys.stderr)
    if done.is_folder and done.n_drifted:
        drifted = Message.plural(
            "The rows of {n} of {n_all} files are unlike the training rows. Each file is compared "
            "by itself: that of one day or place differs, even if all files together do not.",
            "The rows of {n} of {n_all} files are unlike the training rows. Each file is compared "
            "by itself: that of one day or place differs, even if all files together do not.",
            done.n_drifted,
            n_all=len(done.numbers),
        )
        say_warning(drifted, language=language)
