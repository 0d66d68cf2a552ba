"""Run report and model card."""

from ._model_card import card_text as card_text
from ._model_card import write_card as write_card
from ._run_page import page_text as page_text
from ._run_page import write_report as write_report

__all__ = [
    "card_text",
    "page_text",
    "write_card",
    "write_report",
]
