"""What is installed is the wheel, with all that belongs into it."""

from importlib.metadata import distribution, version
from pathlib import Path

import wattsum

DISTRIBUTION = distribution("wattsum")


def test_the_wheel_serves_every_python_from_3_11() -> None:
    wheel = DISTRIBUTION.read_text("WHEEL")
    assert wheel is not None
    assert "Tag: cp311-abi3-" in wheel
    assert "Root-Is-Purelib: false" in wheel


def test_types_licences_and_metadata_are_in_it() -> None:
    files = [str(file) for file in DISTRIBUTION.files or []]
    for name in ("wattsum/py.typed", "wattsum/_native.pyi"):
        assert name in files
    licences = [Path(file).name for file in files if "/licenses/" in file]
    assert sorted(licences) == ["LICENSE-APACHE", "LICENSE-MIT"]
    assert DISTRIBUTION.metadata["License-Expression"] == "Apache-2.0 OR MIT"
    assert DISTRIBUTION.metadata["Requires-Python"] == ">=3.11"


def test_tests_run_on_the_installed_wheel() -> None:
    assert wattsum.__version__ == version("wattsum")
    assert Path(wattsum.__file__).parts[-3] == "site-packages"


def test_public_names_are_where_they_say() -> None:
    for module in (wattsum.link, wattsum.shamir, wattsum.dcnet):
        assert sorted(module.__all__) == module.__all__
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, type):
                assert (thing.__module__, thing.__name__) == (module.__name__, name)
                assert thing.__doc__
