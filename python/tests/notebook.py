"""Runs notebooks, and compares what came out.

`python tests/notebook.py notebooks/first_sum.ipynb` writes the outputs into the file.
"""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
LARGEST = 200_000
"""Bytes that a notebook may have, with its outputs."""
MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|tmp|usr|opt|work|var|mnt|srv|Users|private)/|[A-Z]:\\\\|site-packages"
)


def run(path: Path, timeout: int = 600) -> Any:
    """The notebook with the outputs of a fresh kernel, in its own folder; an error in a cell is raised."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=resources)
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
        cell.id = f"cell-{place}"
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def _joined(outputs: list[Any]) -> list[Any]:
    """Text of one stream that came in parts, as one."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" == last.get("output_type") and output.name == last["name"]:
            last["text"] += output.text
        else:
            joined.append(output)
    return joined


def shape(notebook: Any) -> list[tuple[Any, ...]]:
    """What must stay the same from run to run: the source of every cell, and the kinds of its outputs."""
    cells = []
    for cell in notebook.cells:
        kinds: list[Any] = []
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                kinds.append((output.name, output.text.count("\n")))
            elif output.output_type == "error":
                kinds.append(("error", output.ename))
            else:
                kinds.append((output.output_type, *sorted(output.data)))
        cells.append((cell.cell_type, cell.source, tuple(kinds)))
    return cells


def wrong(path: Path) -> list[str]:
    """What is wrong with a notebook as it is committed."""
    notebook, found = nbformat.read(path, as_version=4), []
    nbformat.validate(notebook)
    text = path.read_text(encoding="utf-8")
    if len(text.encode()) > LARGEST:
        found.append(f"{len(text.encode())} bytes")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("not run from top to bottom in a fresh kernel")
    if not any(cell.outputs for cell in code):
        found.append("no outputs")
    for place, cell in enumerate(code):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"cell {place}: {output.get('ename', 'stderr')}")
            shown = output.get("text", "") or str(
                {k: v for k, v in output.get("data", {}).items() if "image" not in k}
            )
            if match := MACHINE.search(shown):
                found.append(f"cell {place}: a path of a machine: {match.group()}")
    return found


def main() -> None:
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        nbformat.write(run(path, timeout=3600), path)
        print(path.name, path.stat().st_size, wrong(path) or "fine")


if __name__ == "__main__":
    main()
