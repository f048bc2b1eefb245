"""Arrays that are read where they lie, and are changed meanwhile: each in a process of its own, since what is read
wrongly may end it."""

import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest

from wattsum import dcnet, merge


def ran(script: str) -> str:
    command = [sys.executable, "-P", "-W", "ignore", "-c", dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("change", ["dtype = np.uint32", "shape = (1 << 25,)", "strides = (0, 8)"])
def test_another_thread_gives_the_array_another_form(change: str) -> None:
    out = ran(f"""
        import threading, time
        import numpy as np
        from wattsum import dcnet
        while True:
            values = np.ones((1 << 22, 8), np.uint64)
            sums = []
            thread = threading.Thread(target=lambda: sums.append(dcnet.sums(values)))
            thread.start()
            time.sleep(0.002)
            running = thread.is_alive()
            values.{change}
            thread.join()
            if running and sums:
                break
        print(sums[0].tolist())
    """)
    assert out.strip() == str([1 << 22] * 8)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("dcnet.sums(values, Evil(0)).tolist()", "1024"),
        ("shamir.split(values, Evil(3), 2).shape", "(3, 1024)"),
        ("shamir.split_with(values, np.ones((1, 1024), np.uint64), Evil(3)).shape", "(3, 1024)"),
        ("shamir.combine(values.reshape(2, 512), Numbers([1, 2])).shape", "(512,)"),
        ("merge.sums(values.view(np.uint8).reshape(-1, 8), 'shamir', None, Evil(1)).shape", "(1, 8)"),
        ("dcnet.masks(values.view(np.uint8).reshape(-1, 1, 32), signs, Evil(1)).shape", "(256, 1)"),
    ],
)
def test_a_later_argument_gives_the_array_another_form(step: str, expected: str) -> None:
    """Without the view, `numbers` that set the type made `combine` read eight times as much as there was."""
    out = ran(f"""
        import numpy as np
        from wattsum import dcnet, merge, shamir
        values, signs = np.ones(1024, np.uint64), np.ones((256, 1), np.int8)
        def change():
            values.dtype = np.uint8
            values.shape = (2, 4, 1024)
            signs.shape = (1, 16, 16)
        class Evil:
            def __init__(self, value):
                self.value = value
            def __index__(self):
                change()
                return self.value
        class Numbers(list):
            def __iter__(self):
                change()
                return super().__iter__()
        print({step})
    """)
    assert out.strip() == expected


def test_an_array_cannot_be_resized_while_it_is_read() -> None:
    values = np.ones(1024, np.uint64)

    class Resizing:
        def __index__(self) -> int:
            with pytest.raises(ValueError, match="resize"):
                values.resize(8)
            return 0

    assert dcnet.sums(values, Resizing()) == 1024


def test_tables_without_columns_take_no_time() -> None:
    empty = np.empty((1 << 45, 1, 0), np.uint64)
    assert dcnet.sums(empty, 1).shape == (1 << 45, 0)


def test_one_state_many_times_is_too_long() -> None:
    with pytest.raises(Exception, match="states: too long"):
        merge.counts([bytes(1 << 20)] * 400)
    with pytest.raises(Exception, match="states: too long"):
        merge.partials([bytes(1 << 20)] * 400)


def test_masked_meters_are_not_asked() -> None:
    """`numpy.asarray` of a masked array forgets the mask, and would spend the intervals of those masked out."""
    from world import ShamirWorld

    world = ShamirWorld.form(meters=5)
    which = np.ma.masked_array([True] * 5, mask=[False, False, False, True, True])
    with pytest.raises(TypeError, match="which: a masked array"):
        world.meters.contribute(world.marks, 0, 0, np.arange(5), which)
    with pytest.raises(TypeError, match="present: a masked array"):
        world.utility.open(0, 0, which)
