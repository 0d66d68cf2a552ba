"""Settings of the documentation site; `scripts/docs` builds it."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

import isthmus

project = "Isthmus"
author = "The Isthmus authors"
copyright = author
version = release = isthmus.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = [
    "gallery/**/*.ipynb",
    "gallery/**/*.py",
    "**sg_execution_times.rst",  # load scripts from other hosts
]

# Pages
myst_heading_anchors = 3
highlight_language = "text"  # of blocks without a language; see LanguageOfBlocks

# API reference: the names that a package exports are the names that it documents.
autosummary_ignore_module_all = False
autosummary_imported_members = True
autosummary_context = {"top_names": isthmus.__all__}  # documented once, as isthmus.NAME
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # the docstrings state types, shapes and units
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Links to other sites, checked by `scripts/docs linkcheck`
linkcheck_timeout = 15
linkcheck_retries = 2
linkcheck_workers = 4
linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]  # written by scripts
linkcheck_allow_unauthorized = True  # publishers that answer only browsers

# Gallery
sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["gallery"],
    "filename_pattern": "/plot_",  # others are shown, but not run
    "subsection_order": ["../examples/tutorials", "../examples/tables", "../examples/codes"],
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": False,
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "backreferences_dir": "api/examples",
    "doc_module": ("isthmus",),
    "default_thumb_file": str(Path(__file__).with_name("images") / "mnist-code-map.png"),
}

# Pages of HTML make no request to another host: the theme brings its icons and styles.
html_theme = "pydata_sphinx_theme"
html_title = f"Isthmus {release}"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "Isthmus"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc", "sg_download_links"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
}
html_sidebars = {"index": []}


class LanguageOfBlocks(SphinxTransform):
    """Choose the highlighting of code blocks that name no language, by their first line."""

    default_priority = 400
    starts = (
        (re.compile(r"(isthmus|pip|python|scripts/\w+|uvx|docker|cd|export|torchrun) "), "bash"),
        (re.compile(r"(from|import) \w"), "python"),
    )

    def apply(self) -> None:
        """Set the language of each block."""
        for block in self.document.findall(nodes.literal_block):
            if block.get("language", "text") in {"text", "default"}:
                found = [name for start, name in self.starts if start.match(block.astext())]
                block["language"] = found[0] if found else "text"


def link_to_gallery(app: Sphinx, name: str, source: list[str]) -> None:
    """Let links to examples, which work in the repository, lead to their pages here."""
    source[0] = re.sub(r"\]\(\.\./examples/(\w+)\)", r"](gallery/\1/index.rst)", source[0])
    source[0] = re.sub(r"\]\(\.\./examples/(\w+/\w+)\.py\)", r"](gallery/\1.rst)", source[0])


def setup(app: Sphinx) -> None:
    """Register what the site adds to Sphinx."""
    app.add_transform(LanguageOfBlocks)
    app.connect("source-read", link_to_gallery)
