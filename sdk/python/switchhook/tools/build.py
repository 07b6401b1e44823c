"""Builds a plugin: writes the WIT world of just what it exports and asks for, and makes the component.

Called by build.sh, with componentize-py on the path:  python3 build.py PROJECT WIT OUTPUT [FOLDER_OF_DEPENDENCIES]
"""

import ast
import io
import os
import re
import shutil
import sys
import tempfile
import tokenize
from pathlib import Path

import componentize_py

SDK = Path(__file__).resolve().parents[2]

#: Which function of the module becomes which export.
EXPORTS = {"route": "router", "register": "gatekeeper", "on_event": "observer"}
#: Interfaces that a component has if a source has their name; `log` and `time` it always has.
ON_DEMAND = {"settings", "state", "directory", "http", "metrics"}
#: Names of the standard library that need chance. It comes through WASI; without need of it the component has nothing of it.
CHANCE = {"random", "secrets", "uuid", "urandom", "getrandom"}


def say(text: str) -> None:
    print(f"python: {text}", flush=True)


def fail(text: str) -> None:
    sys.exit(f"python: {text}")


def find_exports(module: Path) -> list[str]:
    """What the module defines at its top level, as the exports of the contract."""
    found = set()
    for node in ast.parse(module.read_text("utf-8"), module).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if isinstance(node, ast.AsyncFunctionDef) and node.name in EXPORTS:
                fail(f"{node.name} is async: everything a plugin can ask answers at once, so write `def {node.name}`")
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
    exports = [export for name, export in EXPORTS.items() if name in found]
    if not exports:
        fail(f"{module} defines neither {', '.join(EXPORTS)}")
    return exports


def find_names(folders: list[Path]) -> set[str]:
    """Every name in the sources, tests left out."""
    names = set()
    for folder in folders:
        for source in folder.rglob("*.py"):
            if source.name.startswith("test_") or source.name.endswith("_test.py"):
                continue
            tokens = tokenize.generate_tokens(io.StringIO(source.read_text("utf-8")).readline)
            names.update(token.string for token in tokens if token.type == tokenize.NAME)
    return names


def write_world(wit: Path, folder: Path, imports: list[str], exports: list[str]) -> None:
    """A copy of the contract with one more world."""
    for source in wit.glob("*.wit"):
        shutil.copy(source, folder)
    shutil.copytree(wit / "deps", folder / "deps")
    package = re.search(r"^package .*;$", (wit / "world.wit").read_text("utf-8"), re.MULTILINE)
    if package is None:
        fail(f"{wit}/world.wit names no package")
    items = [*(f"import {name};" for name in imports), *(f"export {name};" for name in exports)]
    text = f"{package[0]}\nworld python-component {{\n  {' '.join(items)}\n}}\n"
    (folder / "component.wit").write_text(text, "utf-8")


def componentize(project: Path, wit: Path, output: Path, dependencies: Path | None) -> None:
    source = project / "src"
    module = source / "plugin.py"
    if not module.is_file():
        fail(f"{project} has no src/plugin.py")
    exports = find_exports(module)
    names = find_names([source] + ([dependencies] if dependencies else []))
    imports = ["log", "time", *sorted(ON_DEMAND & names)]
    chance = sorted(CHANCE & names)
    with tempfile.TemporaryDirectory(prefix="switchhook-python-") as temporary:
        folder = Path(temporary)
        (folder / "wit").mkdir()
        write_world(wit, folder / "wit", imports, exports)
        lines = ["from switchhook import _guest", "import plugin"]
        lines += [f"{export.capitalize()} = _guest.{export}(plugin)" for export in exports]
        (folder / "switchhook_component.py").write_text("\n".join(lines) + "\n", "utf-8")
        # A rename is atomic: a switch that watches the file never sees half of it.
        output.parent.mkdir(parents=True, exist_ok=True)
        unfinished = output.with_name(f".{output.name}.new")
        words = ["componentize-py", "-q", "-d", str(folder / "wit"), "-w", "python-component", "componentize"]
        words += ["-p", str(folder), "-p", str(source), "-p", str(SDK)]
        words += ["-p", str(dependencies)] if dependencies else []
        words += [] if chance else ["--stub-wasi"]
        sys.argv = [*words, "-o", str(unfinished), "switchhook_component"]
        status = componentize_py.script()
        if status:
            sys.exit(status)
        os.replace(unfinished, output)
    using = f"; with WASI, because of {', '.join(chance)}" if chance else ""
    say(
        f"{output.name}, {output.stat().st_size} bytes: exports {', '.join(exports)}; imports {', '.join(imports)}{using}"
    )


if __name__ == "__main__":
    project, wit, output, *rest = sys.argv[1:]
    root = Path(project).resolve()
    componentize(root, Path(wit).resolve(), root / output, Path(rest[0]) if rest else None)
