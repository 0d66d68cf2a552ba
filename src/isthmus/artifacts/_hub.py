"""Models on the Hugging Face Hub, as ``hf://user/name@revision``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .._extras import imported
from .._version import __version__
from ..errors import ArtifactError, IsthmusError, UsageError

__all__ = ["HubPlace", "check_license", "hub_errors", "hub_place", "local_copy"]

# A path has lost one of the two slashes.
_PLACE = re.compile(r"hf:/{1,2}(?P<repo>[^/@]+/[^/@]+)(?:@(?P<revision>.+))?")
_NAME = re.compile(
    r"(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9_][\w.-]{0,94}[A-Za-z0-9_]/[\w.-]{1,96}", re.ASCII
)
_REVISION = re.compile(r"[^\s\x00-\x1f~^:?*\[\\@]{1,255}")  # a commit, or a name that git allows
_SHOWN = 100  # characters of a place in a message

_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")


class HubPlace(NamedTuple):
    """Repository on the Hub, and a branch, tag or commit in it."""

    repo: str
    revision: str | None = None


def hub_place(place: str | Path) -> HubPlace | None:
    """Return the repository that a place names; None for other paths.

    Parameters
    ----------
    place : str or pathlib.Path
        ``hf://user/name`` or ``hf://user/name@revision``.

    Returns
    -------
    HubPlace or None

    Raises
    ------
    UsageError
        If it begins with ``hf://`` and has another form.
    """
    text = str(place)
    if text != "hf:" and not text.startswith("hf:/"):  # a path of hf:// alone is hf:
        return None
    found = _PLACE.fullmatch(text)
    if found is None or not _NAME.fullmatch(found["repo"]) or not _is_revision(found["revision"]):
        raise UsageError(
            "A model on the Hub is named hf://user/name, with @revision if needed; names have at "
            "most 96 letters, digits and -_. and a revision 255. "
            f"Got {text[:_SHOWN] + '...' * (len(text) > _SHOWN)}."
        )
    return HubPlace(found["repo"], found["revision"])


def _is_revision(revision: str | None) -> bool:
    return revision is None or bool(_REVISION.fullmatch(revision) and ".." not in revision)


def check_license(license: str | None) -> None:
    """Raise an error for what cannot be the identifier of a license on the Hub.

    Parameters
    ----------
    license : str or None
        Identifier; None is none.

    Raises
    ------
    UsageError
        If it has other characters than identifiers have.
    """
    if license is not None and not _LICENSE.fullmatch(license):
        raise UsageError(
            "`license` must be an identifier of the Hugging Face Hub, such as apache-2.0, mit or "
            f"cc-by-4.0. Got {license!r}."
        )


@functools.lru_cache(maxsize=8)
def local_copy(place: HubPlace, files: tuple[str, ...]) -> Path:
    """Download files of a repository into the Hub's cache, all of the same commit.

    Parameters
    ----------
    place : HubPlace
        Repository and revision.
    files : tuple of str
        Their names.

    Returns
    -------
    pathlib.Path
        Folder with the files. Without a network it is that of an earlier download, if any.

    Raises
    ------
    ArtifactError
        If they cannot be downloaded.
    MissingExtraError
        If huggingface_hub is not installed.
    """
    hub = imported("huggingface_hub", "hub")
    revision, folder = place.revision, Path()
    with hub_errors(place, ArtifactError):
        for file in files:
            path = hub.hf_hub_download(
                place.repo,
                file,
                revision=revision,
                library_name="isthmus",
                library_version=__version__,
                tqdm_class=_silent(),
            )
            folder = Path(path).parent
            revision = folder.name  # the commit
    return folder


@contextmanager
def hub_errors(place: HubPlace, kind: type[IsthmusError]) -> Iterator[None]:
    """Turn errors of huggingface_hub in a block into one sentence.

    Parameters
    ----------
    place : HubPlace
        Repository, for the message.
    kind : type
        Class of the new error.
    """
    errors = imported("huggingface_hub.errors", "hub")
    try:
        yield
    except IsthmusError:
        raise
    except errors.GatedRepoError:
        raise kind(
            f"Access to {place.repo} on the Hub is restricted. Ask for access on its page, and log "
            "in with `hf auth login`."
        ) from None
    except errors.RevisionNotFoundError:
        raise kind(
            f"Revision {place.revision} of {place.repo} not found on the Hub. Check the name of "
            "the branch, tag or commit."
        ) from None
    except errors.RepositoryNotFoundError:
        raise kind(_no_repository(place)) from None
    except errors.RemoteEntryNotFoundError:
        raise kind(
            f"{place.repo} on the Hub has no model.json and model.safetensors. Pass a repository "
            "that `isthmus push` wrote."
        ) from None
    except errors.LocalTokenNotFoundError:
        raise kind(f"The Hub requires a token for {place.repo}. {_LOG_IN}") from None
    except errors.LocalEntryNotFoundError as error:
        cause = error.__cause__
        is_refusal = isinstance(cause, errors.HfHubHTTPError)
        raise kind(_refused(place, cause) if is_refusal else _unreached(place)) from None
    except errors.HfHubHTTPError as error:
        raise kind(_refused(place, error)) from None
    except (errors.HFValidationError, ValueError) as error:
        if isinstance(error, OSError):
            raise kind(_unreached(place)) from None
        raise kind(f"The Hub cannot use {place.repo}: {_first_line(error)}") from None
    except Exception as error:  # of the HTTP client, whose classes are not public
        if isinstance(error, OSError) or "Connect" in type(error).__name__ + str(error):
            raise kind(_unreached(place)) from None
        if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2"):
            raise kind(_unreached(place)) from None
        raise


_LOG_IN = "Log in with `hf auth login`, or set HF_TOKEN."


def _no_repository(place: HubPlace) -> str:
    return f"{place.repo} does not exist on the Hub, or is private. Check its name. {_LOG_IN}"


def _refused(place: HubPlace, error: Any) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return f"The Hub does not accept the token for {place.repo}. {_LOG_IN}"
    if status == 403:
        return f"The token has no right to do this with {place.repo} on the Hub. {_LOG_IN}"
    return f"The Hub refused {place.repo} with status {status}: {_first_line(error)}"


def _unreached(place: HubPlace) -> str:
    return (
        f"The Hub cannot be reached for {place.repo}, and there is no earlier download. Check the "
        "network and HF_ENDPOINT."
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{lines[0].rstrip('.')}."


def _silent() -> Any:
    """Return a progress bar that shows nothing: the library does not print."""
    tqdm = imported("huggingface_hub.utils", "hub").tqdm

    class Silent(tqdm):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})

    return Silent
