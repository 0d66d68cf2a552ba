"""Figures of what was learned, and the page that shows them."""

from __future__ import annotations

from ._card import write_card as write_card
from ._codes import code_map as code_map
from ._codes import has_colours as has_colours
from ._columns import column_errors as column_errors
from ._confusion import confusion_table as confusion_table
from ._curves import loss_curves as loss_curves
from ._filters import first_layer_filters as first_layer_filters
from ._intervals import model_intervals as model_intervals
from ._layout import MAPS as MAPS
from ._layout import CodeLayout as CodeLayout
from ._layout import check_map as check_map
from ._layout import lay_out_codes as lay_out_codes
from ._page import page_text as page_text
from ._page import write_report as write_report
from ._pictures import reconstruction_grid as reconstruction_grid
from ._pixels import pixel_errors as pixel_errors
from ._save import png_bytes as png_bytes
from ._save import save_figure as save_figure
from ._save import svg_text as svg_text
from ._sizes import pca_sizes as pca_sizes
from ._strange import error_histogram as error_histogram
from ._strange import strange_pictures as strange_pictures
from ._strange import strange_rows as strange_rows
from ._sweep import SweepCurve as SweepCurve
from ._sweep import search_slices as search_slices
from ._sweep import sweep_curves as sweep_curves

__all__ = [
    "MAPS",
    "CodeLayout",
    "SweepCurve",
    "check_map",
    "code_map",
    "column_errors",
    "confusion_table",
    "error_histogram",
    "first_layer_filters",
    "has_colours",
    "lay_out_codes",
    "loss_curves",
    "model_intervals",
    "page_text",
    "pca_sizes",
    "pixel_errors",
    "png_bytes",
    "reconstruction_grid",
    "save_figure",
    "search_slices",
    "strange_pictures",
    "strange_rows",
    "svg_text",
    "sweep_curves",
    "write_card",
    "write_report",
]
