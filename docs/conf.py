"""How `make docs` makes the documents: Markdown, with the reference taken from the installed package."""

from __future__ import annotations

import importlib.metadata

project = "wsproto"
author = "the authors of wsproto on a Rust core"
version = release = importlib.metadata.version("wsproto")
html_title = f"wsproto {release}"
html_theme = "furo"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

# What is in backquotes in a docstring is code, and so is what is indented in a page, in no language.
default_role = "code"
highlight_language = "none"
myst_heading_anchors = 3

# A name that cannot be found is an error, but for one of the standard library.
nitpicky = True
nitpick_ignore = [("py:exc", "struct.error"), ("py:class", "IncrementalDecoder")]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
