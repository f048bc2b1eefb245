"""The examples do what the README says."""

from test_examples import blocks, run

from data import PYTHON


def test_the_readme_shows_encrypted_analytics_and_what_they_print() -> None:
    assert (PYTHON / "examples/ckks_analytics.py").read_text(encoding="utf-8") in blocks("python")
    done = run("ckks_analytics.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in blocks("text")


def test_trustees_open_a_sum() -> None:
    done = run("ckks_trustees.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
