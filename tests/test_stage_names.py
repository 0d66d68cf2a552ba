"""Stages of a history have names that can be translated."""

from __future__ import annotations

import pytest

from isthmus._stage_names import stage_name
from isthmus._translation import Message, translate

BRACKETS = ("\N{FULLWIDTH LEFT PARENTHESIS}", "\N{FULLWIDTH RIGHT PARENTHESIS}")


@pytest.mark.parametrize(
    ("stage", "chinese"),
    [
        ("layer 2", "第 2 层"),
        ("network 3 of 8", "第 3 个网络{}共 8 个{}".format(*BRACKETS)),
        ("fine-tuning", "微调"),
    ],
)  # fmt: skip
def test_the_stages_of_our_estimators_are_messages(stage: str, chinese: str) -> None:
    assert stage_name(stage) == stage
    assert translate(stage_name(stage), "zh") == chinese


def test_a_number_is_a_stage_and_any_other_name_stays_as_it_is() -> None:
    assert stage_name(4) == "stage 4"
    assert stage_name("layer two") == "layer two"
    assert not isinstance(stage_name("layer two"), Message)
