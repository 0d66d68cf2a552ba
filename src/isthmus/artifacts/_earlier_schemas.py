"""Conversion of artifacts of earlier schemas."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

__all__ = ["current_document", "current_tensors"]


def current_document(document: dict[str, Any]) -> dict[str, Any]:
    """Convert a document to the current schema.

    Schema 1 had one scaling, in ``scaling`` and tensors ``scaling.*``; column names, picture shape
    and words were in ``about``.

    Parameters
    ----------
    document : dict
        Of any schema up to the current one; not modified.

    Returns
    -------
    dict
        Its ``schema_version`` is not changed.
    """
    if document["schema_version"] != 1 or "scaling" not in document:
        return document
    moved = ("columns", "picture_shape", "words")
    about = {key: value for key, value in document["about"].items() if key not in moved}
    rest = {key: value for key, value in document.items() if key != "scaling"}
    return {**rest, "preprocessing": _preprocessing(document), "about": about}


def _preprocessing(document: dict[str, Any]) -> dict[str, Any]:
    about, width = document["about"], document["n_features_in"]
    numbers = {"scaling": document["scaling"], "n_columns": width, "sparse": False}
    names = about.get("columns") or document["feature_names_in"]
    if "words" in about:
        text_columns = about.get("source", {}).get("text_column")
        if isinstance(text_columns, str):
            text_columns = [text_columns]
        texts = {"block": "text", "text_columns": text_columns, "words": about["words"]}
        block, names = {**texts, **numbers, "sparse": True}, None
    elif about.get("picture_shape"):
        block = {"block": "picture", "shape": about["picture_shape"], "layout": "flat", **numbers}
    else:
        block = {"block": "numeric", **numbers}
    return {
        "n_features": width,
        "feature_names": names,
        "blocks": [{"columns": None, **block}],
    }


def current_tensors(
    tensors: dict[str, NDArray[Any]], schema_version: int
) -> dict[str, NDArray[Any]]:
    """Rename tensors to the current schema.

    Parameters
    ----------
    tensors : dict of str to ndarray
        Of this schema.
    schema_version : int
        Up to the current one.

    Returns
    -------
    dict of str to ndarray
    """
    if schema_version != 1:
        return tensors
    prefix = "scaling."
    return {
        f"preprocessing.0.{name.removeprefix(prefix)}" if name.startswith(prefix) else name: tensor
        for name, tensor in tensors.items()
    }
