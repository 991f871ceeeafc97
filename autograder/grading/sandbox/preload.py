"""Libraries that are imported once, before processes are forked, so that no submission has to wait for them."""

import contextlib
import importlib
import io
import os
import warnings

ALWAYS = ("numpy", "numpy.random", "torch", "matplotlib.pyplot", "matplotlib_inline.backend_inline")
# What takes long to import and not every course uses: a word of the code that will want it, and the module.
BY_WORD = {
    "optim": "torch._dynamo",  # torch imports it when the first optimiser is made
    "pandas": "pandas",
    "scipy": "scipy.stats",
    "sklearn": "sklearn",
}
SPAWN = b"+"  # asks a zygote for a box; a byte below asks for the library at that place of BY_WORD
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


def preload(*modules: str) -> None:
    """Import modules, those that can be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in modules:
            with contextlib.suppress(Exception):  # whoever wants a broken one is told when importing it
                importlib.import_module(name)


def preload_base() -> None:
    """What every notebook may want, figures included."""
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    preload(*ALWAYS)
    with contextlib.suppress(ImportError):
        _draw_a_figure()


def _draw_a_figure() -> None:
    """The first figure of a process is slow: fonts are read, formulas get their grammar."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasAgg(Figure())
    axes = canvas.figure.subplots()
    axes.plot([0, 1], [0, 1], label="$x_1$")
    axes.set_title(r"$\frac{a}{b}$ and words")
    axes.legend()
    canvas.figure.tight_layout()
    canvas.figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
