"""Plots as inline SVG: colours come from the page's style, what they show also stands in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT, FOOT, HEAD = 360, 190, 34, 16  # in the units of the plot; on a phone these are pixels
EDGES_S = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0)


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: from ``low`` to below ``high``; the last one holds its upper end, too."""

    low: float
    high: float
    count: int


def percent_bars(percents: Iterable[float]) -> list[Bar]:
    """Ten bars of ten percent; what lies outside counts at the end that is nearest."""
    counts = [0] * 10
    for percent in percents:
        counts[min(9, max(0, int(percent // 10)))] += 1
    return [Bar(10.0 * n, 10.0 * (n + 1), count) for n, count in enumerate(counts)]


def second_bars(seconds: Iterable[float]) -> list[Bar]:
    """Bars that widen as 1, 2, 5, 10…; none beyond the slowest or before the fastest."""
    pairs = list(pairwise(EDGES_S))
    counts = [0] * len(pairs)
    for value in seconds:
        counts[next((n for n, (_, high) in enumerate(pairs) if value < high), len(pairs) - 1)] += 1
    used = [n for n, count in enumerate(counts) if count]
    return [Bar(*pairs[n], counts[n]) for n in range(used[0], used[-1] + 1)] if used else []


def histogram(name: str, bars: list[Bar], title: str, axis: str) -> Markup:
    """A histogram; screen readers get its title and the counts as a sentence.

    Args:
        name: makes the ids on the page different from those of other plots.
        axis: what is on the horizontal axis, with its unit.
    """
    highest, step = max((bar.count for bar in bars), default=0) or 1, WIDTH / max(1, len(bars))
    told = "; ".join(f"{bar.low:g} to {bar.high:g}: {bar.count}" for bar in bars if bar.count) or "nothing"
    shapes = Markup("").join(_bar(n, bar, step, highest) for n, bar in enumerate(bars))
    edges = [*(bar.low for bar in bars), *(bar.high for bar in bars[-1:])]
    labels = Markup("").join(_label(n, edge, step, len(edges)) for n, edge in enumerate(edges))
    return Markup(
        '<svg class="plot" viewBox="-12 0 {width} {height}" role="img" aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{axis}: {told}.</desc>{shapes}'
        '<line class="axis" x1="0" x2="{wide}" y1="{foot}" y2="{foot}"/>{labels}'
        '<text class="tick" x="{middle}" y="{bottom}" text-anchor="middle">{axis}</text></svg>'
    ).format(
        width=WIDTH + 24,
        height=HEIGHT,
        name=name,
        title=title,
        axis=axis,
        told=told,
        shapes=shapes,
        wide=WIDTH,
        foot=HEIGHT - FOOT,
        labels=labels,
        middle=WIDTH / 2,
        bottom=HEIGHT - 4,
    )


def _bar(place: int, bar: Bar, step: float, highest: int) -> Markup:
    if not bar.count:
        return Markup("")
    tall = (HEIGHT - FOOT - HEAD) * bar.count / highest
    top, left = HEIGHT - FOOT - tall, place * step
    shape = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
    count = Markup('<text class="count" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
    return shape.format(left + 1, top, step - 2, tall) + count.format(left + step / 2, top - 4, bar.count)


def _label(place: int, edge: float, step: float, count: int) -> Markup:
    if count > 8 and place % 2:  # else they would run into each other
        return Markup("")
    text = Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{:g}</text>')
    return text.format(place * step, HEIGHT - FOOT + 14, edge)
