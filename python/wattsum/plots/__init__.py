"""Figures of what a utility sees, and the three measures of the load-hiding literature for it.

`household`, `masked`, `total` and `overview` show a day; `advantage` shows what `sizing.measure` found by
group size, `visible` what `compare` did. Figures need matplotlib (`pip install wattsum[plots]`), measures
only numpy. Functions draw on `ax`, or on a figure of their own, and give the Axes; none shows a window:
`savefig` and `plt.show()` are the caller's, and so is `plt.close()`.

The measures compare series. They do not prove that nothing else can be seen: that a masked frame says nothing
rests on its keystream being pseudorandom, not on a plot of it, and a sum tells what a sum tells.
"""

from wattsum.plots.measures import (
    Classification,
    Regression,
    cluster_classification,
    regression,
    relative_entropy,
)
from wattsum.plots.remains import Remains, Spread, compare, masked_values
from wattsum.plots.series import household, masked, overview, total
from wattsum.plots.sizes import advantage, visible

__all__ = [
    "Classification",
    "Regression",
    "Remains",
    "Spread",
    "advantage",
    "cluster_classification",
    "compare",
    "household",
    "masked",
    "masked_values",
    "overview",
    "regression",
    "relative_entropy",
    "total",
    "visible",
]

for _class in (Classification, Regression, Remains, Spread):
    _class.__module__ = __name__
del _class
