"""Every public callable with every kind of wrong argument: an exception, and never the end of the interpreter."""

import importlib
import subprocess
import sys
from pathlib import Path

import cases
import pytest
import surface

MODULES = [module.__name__ for module in surface.modules() if module.__name__ != "wattsum.errors"]
cases.load()


@pytest.mark.parametrize("module", MODULES)
def test_every_callable_has_a_case(module: str) -> None:
    """A new callable without one would go untested."""
    found = importlib.import_module(module)
    offered = {own.name for own in surface.offered(found) if own.kind != "property"}
    assert offered == {name for name in cases.CASES if name.rpartition(".")[0] in _places(module)}
    objects = {f"{cls.__module__}.{cls.__name__}" for cls in surface.classes(found)}
    assert objects == {name for name in cases.OBJECTS if name.rpartition(".")[0] == module}
    assert cases.SPENT.keys() | cases.VALUES <= cases.OBJECTS.keys()


def _places(module: str) -> set[str]:
    return {module, *(name for name in cases.OBJECTS if name.startswith(f"{module}."))}


def test_the_cases_are_valid() -> None:
    for name, make in cases.CASES.items():
        case = make()
        try:
            case.call(**case.arguments)
        except Exception as error:
            raise AssertionError(name) from error


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a size")
@pytest.mark.parametrize("module", MODULES)
def test_hostile_arguments_are_refused(module: str, tmp_path: Path) -> None:
    """In a process of its own that may grow by 1 GiB."""
    log = tmp_path / "log"
    script = Path(__file__).with_name("sweep.py")
    command = [sys.executable, "-X", "dev", "-W", "error", str(script), module, str(log)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = log.read_text(encoding="utf-8").strip() if log.exists() else "nothing"
    assert done.returncode == 0, f"the process died in {last}\n{done.stderr[-4000:]}"
    assert done.stdout == ""
    assert "panicked" not in done.stderr, done.stderr[-4000:]
