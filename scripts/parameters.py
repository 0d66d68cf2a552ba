"""Write the parameters of the estimators, for help and checks that do not import torch.

python scripts/parameters.py
"""

from __future__ import annotations

import json
from pathlib import Path

from isthmus.cli._declared_parameters import stored_document

PLACE = Path(__file__).resolve().parents[1] / "src/isthmus/cli/parameters.json"


def content() -> str:
    """Return the content of the file, a parameter a line."""
    lines = []
    for name, own in stored_document().items():
        rows = [f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in own["parameters"].items()]
        inside = ",\n".join(rows)
        lines.append(
            f' {json.dumps(name)}: {{\n  "class": {json.dumps(own["class"])},\n'
            f'  "abilities": {json.dumps(own["abilities"])},\n'
            f'  "can_stop_early": {json.dumps(own["can_stop_early"])},\n'
            f'  "parameters": {{\n{inside}\n  }}\n }}'
        )
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    PLACE.write_text(content(), encoding="utf-8")
