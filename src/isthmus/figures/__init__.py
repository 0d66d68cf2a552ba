"""Figures: functions of plain arrays."""

from ._code_layout import MAPS as MAPS
from ._code_layout import CodeLayout as CodeLayout
from ._code_layout import check_map as check_map
from ._code_layout import lay_out_codes as lay_out_codes
from ._code_map import code_map as code_map
from ._code_map import has_colours as has_colours
from ._coded_pictures import coded_pictures as coded_pictures
from ._column_errors import column_errors as column_errors
from ._confused_levels import confused_levels as confused_levels
from ._confusion_table import confusion_table as confusion_table
from ._error_histogram import ErrorBins as ErrorBins
from ._error_histogram import bin_errors as bin_errors
from ._error_histogram import error_histogram as error_histogram
from ._figure_files import png_bytes as png_bytes
from ._figure_files import save_figure as save_figure
from ._figure_files import svg_text as svg_text
from ._figure_spec import FigureSpec as FigureSpec
from ._figure_spec import is_known_figure as is_known_figure
from ._figure_spec import recalled_figures as recalled_figures
from ._figure_spec import register_figure as register_figure
from ._figure_spec import stored_figures as stored_figures
from ._heat_maps import heat_colours as heat_colours
from ._heat_maps import heat_maps as heat_maps
from ._heat_maps import scale_bar as scale_bar
from ._interactive_data import interactive_data as interactive_data
from ._latent_densities import latent_densities as latent_densities
from ._latent_pictures import latent_pictures as latent_pictures
from ._layer_filters import MOST_FILTERS as MOST_FILTERS
from ._layer_filters import filter_shades as filter_shades
from ._layer_filters import first_layer_filters as first_layer_filters
from ._loss_curves import loss_curves as loss_curves
from ._model_intervals import model_intervals as model_intervals
from ._overlaid_curves import overlaid_curves as overlaid_curves
from ._paper_files import pdf_bytes as pdf_bytes
from ._paper_files import save_for_paper as save_for_paper
from ._pca_size_curve import pca_sizes as pca_sizes
from ._picture_cells import shrunk as shrunk
from ._picture_lines import picture_lines as picture_lines
from ._pixel_errors import pixel_errors as pixel_errors
from ._ranking_curves import ranking_curves as ranking_curves
from ._reconstruction_grid import as_shades as as_shades
from ._reconstruction_grid import reconstruction_grid as reconstruction_grid
from ._shown_text import BUNDLED_FONT as BUNDLED_FONT
from ._shown_text import clean as clean
from ._shown_text import shorten as shorten
from ._strange_rows import strange_pictures as strange_pictures
from ._strange_rows import strange_rows as strange_rows
from ._style import house_style as house_style
from ._sweep_curves import SweepCurve as SweepCurve
from ._sweep_curves import search_slices as search_slices
from ._sweep_curves import sweep_curves as sweep_curves
from ._unit_bars import unit_divergences as unit_divergences
from ._unit_effects import unit_effects as unit_effects
from ._unit_strips import unit_strips as unit_strips

__all__ = [
    "BUNDLED_FONT",
    "MAPS",
    "MOST_FILTERS",
    "CodeLayout",
    "ErrorBins",
    "FigureSpec",
    "SweepCurve",
    "as_shades",
    "bin_errors",
    "check_map",
    "clean",
    "code_map",
    "coded_pictures",
    "column_errors",
    "confused_levels",
    "confusion_table",
    "error_histogram",
    "filter_shades",
    "first_layer_filters",
    "has_colours",
    "heat_colours",
    "heat_maps",
    "house_style",
    "interactive_data",
    "is_known_figure",
    "latent_densities",
    "latent_pictures",
    "lay_out_codes",
    "loss_curves",
    "model_intervals",
    "overlaid_curves",
    "pca_sizes",
    "pdf_bytes",
    "picture_lines",
    "pixel_errors",
    "png_bytes",
    "ranking_curves",
    "recalled_figures",
    "reconstruction_grid",
    "register_figure",
    "save_figure",
    "save_for_paper",
    "scale_bar",
    "search_slices",
    "shorten",
    "shrunk",
    "stored_figures",
    "strange_pictures",
    "strange_rows",
    "svg_text",
    "sweep_curves",
    "unit_divergences",
    "unit_effects",
    "unit_strips",
]
