"""Artifacts: saved models as tensors and a JSON document, versioned and without pickle.

This package does not import estimators, so an estimator's ``save`` need not import upwards.
"""

from .._digests import digest_of_file as digest_of_file
from .._digests import signed as signed
from ._artifact_files import ARRAYS as ARRAYS
from ._artifact_files import CHECKPOINTS as CHECKPOINTS
from ._artifact_files import DOCUMENT as DOCUMENT
from ._artifact_files import SCHEMA_VERSION as SCHEMA_VERSION
from ._artifact_files import TENSORS as TENSORS
from ._artifact_files import find_artifact as find_artifact
from ._artifact_files import model_hash as model_hash
from ._artifact_files import owns_entry as owns_entry
from ._artifact_files import read_arrays as read_arrays
from ._artifact_files import read_artifact as read_artifact
from ._artifact_files import read_document as read_document
from ._artifact_files import read_json as read_json
from ._artifact_files import unreadable as unreadable
from ._artifact_files import write_artifact as write_artifact
from ._hub import HubPlace as HubPlace
from ._hub import check_license as check_license
from ._hub import hub_errors as hub_errors
from ._hub import hub_place as hub_place
from ._report_files import REPORT as REPORT
from ._report_files import REPORT_SCHEMA_VERSION as REPORT_SCHEMA_VERSION
from ._report_files import read_report as read_report

__all__ = [
    "ARRAYS",
    "CHECKPOINTS",
    "DOCUMENT",
    "REPORT",
    "REPORT_SCHEMA_VERSION",
    "SCHEMA_VERSION",
    "TENSORS",
    "HubPlace",
    "check_license",
    "digest_of_file",
    "find_artifact",
    "hub_errors",
    "hub_place",
    "model_hash",
    "owns_entry",
    "read_arrays",
    "read_artifact",
    "read_document",
    "read_json",
    "read_report",
    "signed",
    "unreadable",
    "write_artifact",
]
