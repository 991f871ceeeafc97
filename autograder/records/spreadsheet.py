"""Values as they may stand in a spreadsheet."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def number(value: float) -> float | int:
    """A score without the noise of floating point; whole scores as integers."""
    rounded = round(value, 5)
    return int(rounded) if rounded == int(rounded) else rounded


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula; an apostrophe in front says so to people, too."""
    flat = " ".join(text.split())
    return f"'{flat}" if flat.startswith(FORMULA_STARTS) else flat
