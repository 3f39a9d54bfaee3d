"""How `make docs` makes the documents: Markdown, with the reference taken from the installed package."""

from __future__ import annotations

import ast
import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wsproto

if TYPE_CHECKING:
    from sphinx.application import Sphinx

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


def attribute_types() -> dict[tuple[str, str], str]:
    """Return the type of each attribute of the native classes, as reST, from their stub."""
    stub = ast.parse((Path(wsproto.__file__).parent / "_wsproto.pyi").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name: f"wsproto.{node.module}.{alias.name}"
        for node in stub.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }

    def shown(annotation: ast.expr) -> str:
        if isinstance(annotation, ast.BinOp):
            return f"{shown(annotation.left)} | {shown(annotation.right)}"
        name = ast.unparse(annotation)
        return f":class:`~{imported[name]}`" if name in imported else f"``{name}``"

    types = {}
    for owner in stub.body:
        if not isinstance(owner, ast.ClassDef):
            continue
        for member in owner.body:
            if isinstance(member, ast.AnnAssign):
                types[owner.name, ast.unparse(member.target)] = shown(member.annotation)
            elif isinstance(member, ast.FunctionDef) and member.returns is not None:
                decorators = map(ast.unparse, member.decorator_list)
                if "property" in decorators:
                    types[owner.name, member.name] = shown(member.returns)
    return types


def setup(app: Sphinx) -> None:
    """Show the types of attributes that are native, which autodoc cannot see."""
    types = attribute_types()

    def show_type(_app: Sphinx, what: str, name: str, _object: Any, _options: Any, lines: list[str]) -> None:
        if what in ("attribute", "property"):
            _, owner, attribute = name.rsplit(".", maxsplit=2)
            if found := types.get((owner, attribute)):
                lines[:] = [f":Type: {found}", "", *lines]

    app.connect("autodoc-process-docstring", show_type)
