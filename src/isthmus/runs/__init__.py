"""Runs: training from source to report, and commands on trained runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy_names import lazy_names

if TYPE_CHECKING:
    from ._chosen_runs import check_conditions as check_conditions
    from ._chosen_runs import runs_where as runs_where
    from ._chosen_runs import sorted_runs as sorted_runs
    from ._command_facts import command_facts as command_facts
    from ._command_facts import source_facts as source_facts
    from ._compare_runs import compare_runs as compare_runs
    from ._compare_runs import comparison_figure as comparison_figure
    from ._compared_places import named_runs as named_runs
    from ._comparison_page import comparison_page as comparison_page
    from ._comparison_page import curves_caption as curves_caption
    from ._comparison_page import curves_figure as curves_figure
    from ._comparison_tables import comparison_table as comparison_table
    from ._comparison_tables import seeds_table as seeds_table
    from ._environment import environment as environment
    from ._evaluate_run import evaluate_run as evaluate_run
    from ._examine_run import examine_run as examine_run
    from ._examine_run import examine_source as examine_source
    from ._export_run import export_run as export_run
    from ._figure_exports import export_figures as export_figures
    from ._fillable_rows import check_fillable as check_fillable
    from ._filled_files import write_filled as write_filled
    from ._fitted_run import FittedRun as FittedRun
    from ._fitted_run import open_run as open_run
    from ._imputation_figures import imputation_figures as imputation_figures
    from ._imputation_figures import imputation_words as imputation_words
    from ._impute_rows import Imputed as Imputed
    from ._impute_rows import impute_by_run as impute_by_run
    from ._impute_rows import impute_source as impute_source
    from ._impute_rows import rows_to_fill as rows_to_fill
    from ._joined_training import join_training as join_training
    from ._kept_blocks import KeptBlocks as KeptBlocks
    from ._kept_blocks import joined_blocks as joined_blocks
    from ._kept_blocks import kept_blocks as kept_blocks
    from ._kept_blocks import kept_folder as kept_folder
    from ._latent_list import list_latents as list_latents
    from ._left_overs import remove_left_overs as remove_left_overs
    from ._listed_runs import ListedRun as ListedRun
    from ._listed_runs import list_runs as list_runs
    from ._map_files import write_maps as write_maps
    from ._metrics_file import MetricsFile as MetricsFile
    from ._new_row_files import check_suits as check_suits
    from ._new_row_files import write_new_rows as write_new_rows
    from ._output_paths import CODE_SUFFIXES as CODE_SUFFIXES
    from ._output_paths import FILLED_SUFFIXES as FILLED_SUFFIXES
    from ._output_paths import NEW_ROW_SUFFIXES as NEW_ROW_SUFFIXES
    from ._output_paths import ROW_SUFFIXES as ROW_SUFFIXES
    from ._output_paths import SIMILAR_SUFFIXES as SIMILAR_SUFFIXES
    from ._output_paths import check_export as check_export
    from ._output_paths import check_maps as check_maps
    from ._output_paths import check_output as check_output
    from ._output_paths import draw_path as draw_path
    from ._own_files import check_own_files as check_own_files
    from ._own_files import remove_own_files as remove_own_files
    from ._planned_rows import check_applicable as check_applicable
    from ._planned_rows import check_varies as check_varies
    from ._planned_rows import planned as planned
    from ._prepared import check_can_train as check_can_train
    from ._prepared import make_estimator as make_estimator
    from ._prepared import prepared as prepared
    from ._pushed_run import push_run as push_run
    from ._rebuild_report import rebuild_report as rebuild_report
    from ._report_metrics import baseline_prefix as baseline_prefix
    from ._report_metrics import report_metrics as report_metrics
    from ._resolved_settings import resolved as resolved
    from ._row_files import free_name as free_name
    from ._row_files import mapped as mapped
    from ._row_files import write_reconstructions as write_reconstructions
    from ._row_files import write_rows as write_rows
    from ._run_abilities import check_form as check_form
    from ._run_abilities import lacks_ability as lacks_ability
    from ._run_folder import METRICS as METRICS
    from ._run_folder import check_run_folder as check_run_folder
    from ._run_folder import first_free as first_free
    from ._run_folder import is_run as is_run
    from ._run_folder import new_run_folder as new_run_folder
    from ._run_folder import next_free as next_free
    from ._run_folder import run_folder as run_folder
    from ._run_training import run_training as run_training
    from ._scored_rows import error_threshold as error_threshold
    from ._scored_rows import scored_rows as scored_rows
    from ._shard_outputs import shard_outputs as shard_outputs
    from ._similar_files import check_pictured as check_pictured
    from ._similar_files import duplicate_rows as duplicate_rows
    from ._similar_files import similar_rows as similar_rows
    from ._similar_files import write_similar as write_similar
    from ._similar_files import write_table as write_table
    from ._sole_writer import sole_writer as sole_writer
    from ._source_paths import located as located
    from ._sparse_codes import code_names as code_names
    from ._unfinished import Unfinished as Unfinished
    from ._unfinished import begun_with as begun_with
    from ._unfinished import is_unfinished as is_unfinished
    from ._unfinished import read_unfinished as read_unfinished
    from ._verify_run import verify_runs as verify_runs
    from .kinds import KINDS as KINDS
    from .kinds import Kind as Kind
    from .kinds import kind_named as kind_named
    from .kinds import kind_of as kind_of
    from .kinds import register_kind as register_kind
    from .kinds._ablation import ablate_pretraining as ablate_pretraining
    from .kinds._code_measures import grid_values as grid_values

__all__ = [
    "CODE_SUFFIXES",
    "FILLED_SUFFIXES",
    "KINDS",
    "METRICS",
    "NEW_ROW_SUFFIXES",
    "ROW_SUFFIXES",
    "SIMILAR_SUFFIXES",
    "FittedRun",
    "Imputed",
    "KeptBlocks",
    "Kind",
    "ListedRun",
    "MetricsFile",
    "Unfinished",
    "ablate_pretraining",
    "baseline_prefix",
    "begun_with",
    "check_applicable",
    "check_can_train",
    "check_conditions",
    "check_export",
    "check_fillable",
    "check_form",
    "check_maps",
    "check_output",
    "check_own_files",
    "check_pictured",
    "check_run_folder",
    "check_suits",
    "check_varies",
    "code_names",
    "command_facts",
    "compare_runs",
    "comparison_figure",
    "comparison_page",
    "comparison_table",
    "curves_caption",
    "curves_figure",
    "draw_path",
    "duplicate_rows",
    "environment",
    "evaluate_run",
    "examine_run",
    "examine_source",
    "export_figures",
    "export_run",
    "first_free",
    "free_name",
    "grid_values",
    "imputation_figures",
    "imputation_words",
    "impute_by_run",
    "impute_source",
    "is_run",
    "is_unfinished",
    "join_training",
    "kept_blocks",
    "kept_folder",
    "kind_named",
    "kind_of",
    "lacks_ability",
    "list_latents",
    "list_runs",
    "located",
    "make_estimator",
    "mapped",
    "named_runs",
    "new_run_folder",
    "next_free",
    "open_run",
    "planned",
    "prepared",
    "push_run",
    "read_unfinished",
    "rebuild_report",
    "register_kind",
    "remove_left_overs",
    "remove_own_files",
    "report_metrics",
    "resolved",
    "rows_to_fill",
    "run_folder",
    "run_training",
    "runs_where",
    "scored_rows",
    "seeds_table",
    "shard_outputs",
    "similar_rows",
    "sole_writer",
    "sorted_runs",
    "source_facts",
    "verify_runs",
    "write_filled",
    "write_maps",
    "write_new_rows",
    "write_reconstructions",
    "write_rows",
    "write_similar",
    "write_table",
]

# Loaded on first use: `isthmus report` must not import torch.
_HOMES = {
    "push_run": "._pushed_run",
    "verify_runs": "._verify_run",
    "METRICS": "._run_folder",
    "Unfinished": "._unfinished",
    "begun_with": "._unfinished",
    "is_unfinished": "._unfinished",
    "read_unfinished": "._unfinished",
    "SIMILAR_SUFFIXES": "._output_paths",
    "check_pictured": "._similar_files",
    "duplicate_rows": "._similar_files",
    "similar_rows": "._similar_files",
    "write_similar": "._similar_files",
    "write_table": "._similar_files",
    "NEW_ROW_SUFFIXES": "._output_paths",
    "check_suits": "._new_row_files",
    "write_new_rows": "._new_row_files",
    "comparison_page": "._comparison_page",
    "curves_caption": "._comparison_page",
    "curves_figure": "._comparison_page",
    "comparison_table": "._comparison_tables",
    "seeds_table": "._comparison_tables",
    "named_runs": "._compared_places",
    "check_conditions": "._chosen_runs",
    "runs_where": "._chosen_runs",
    "sorted_runs": "._chosen_runs",
    "ListedRun": "._listed_runs",
    "list_runs": "._listed_runs",
    "baseline_prefix": "._report_metrics",
    "report_metrics": "._report_metrics",
    "imputation_words": "._imputation_figures",
    "imputation_figures": "._imputation_figures",
    "impute_source": "._impute_rows",
    "join_training": "._joined_training",
    "impute_by_run": "._impute_rows",
    "rows_to_fill": "._impute_rows",
    "Imputed": "._impute_rows",
    "write_filled": "._filled_files",
    "draw_path": "._output_paths",
    "CODE_SUFFIXES": "._output_paths",
    "FILLED_SUFFIXES": "._output_paths",
    "code_names": "._sparse_codes",
    "lacks_ability": "._run_abilities",
    "list_latents": "._latent_list",
    "FittedRun": "._fitted_run",
    "KINDS": ".kinds",
    "Kind": ".kinds",
    "MetricsFile": "._metrics_file",
    "ROW_SUFFIXES": "._output_paths",
    "ablate_pretraining": ".kinds._ablation",
    "check_export": "._output_paths",
    "check_maps": "._output_paths",
    "check_output": "._output_paths",
    "check_own_files": "._own_files",
    "check_run_folder": "._run_folder",
    "compare_runs": "._compare_runs",
    "comparison_figure": "._compare_runs",
    "environment": "._environment",
    "evaluate_run": "._evaluate_run",
    "examine_run": "._examine_run",
    "examine_source": "._examine_run",
    "export_figures": "._figure_exports",
    "export_run": "._export_run",
    "first_free": "._run_folder",
    "grid_values": ".kinds._code_measures",
    "is_run": "._run_folder",
    "kind_named": ".kinds",
    "kind_of": ".kinds",
    "located": "._source_paths",
    "check_can_train": "._prepared",
    "make_estimator": "._prepared",
    "free_name": "._row_files",
    "mapped": "._row_files",
    "KeptBlocks": "._kept_blocks",
    "joined_blocks": "._kept_blocks",
    "kept_blocks": "._kept_blocks",
    "kept_folder": "._kept_blocks",
    "command_facts": "._command_facts",
    "source_facts": "._command_facts",
    "shard_outputs": "._shard_outputs",
    "new_run_folder": "._run_folder",
    "next_free": "._run_folder",
    "run_folder": "._run_folder",
    "open_run": "._fitted_run",
    "check_fillable": "._fillable_rows",
    "check_form": "._run_abilities",
    "check_applicable": "._planned_rows",
    "check_varies": "._planned_rows",
    "planned": "._planned_rows",
    "prepared": "._prepared",
    "resolved": "._resolved_settings",
    "rebuild_report": "._rebuild_report",
    "register_kind": ".kinds",
    "remove_left_overs": "._left_overs",
    "remove_own_files": "._own_files",
    "run_training": "._run_training",
    "error_threshold": "._scored_rows",
    "scored_rows": "._scored_rows",
    "sole_writer": "._sole_writer",
    "write_reconstructions": "._row_files",
    "write_maps": "._map_files",
    "write_rows": "._row_files",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, __all__)
