"""Rupees as people write them: lakh and crore, grouped 3-2-2."""

from typing import Literal

LAKH = 100_000
CRORE = 10_000_000
UNITS = {"lakh": LAKH, "crore": CRORE}
SHORT = {"lakh": "L", "crore": "Cr"}


def group_indian(rupees: int) -> str:
    """12345678 → "1,23,45,678"."""
    digits = str(abs(rupees))
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, i - 2) : i] for i in range(len(head), 0, -2)][::-1]
    return ("-" if rupees < 0 else "") + ",".join([*pairs, tail])


def in_words(rupees: int) -> tuple[str, Literal["lakh", "crore"] | None]:
    """8500000 → ("85", "lakh"), 45000 → ("45,000", None); at most two decimals."""
    if abs(rupees) < LAKH:
        return group_indian(rupees), None
    # 99,99,999 rounds to 1 crore, not to 100 lakh.
    unit: Literal["lakh", "crore"] = "crore" if round(abs(rupees) / LAKH, 2) >= CRORE / LAKH else "lakh"
    return f"{rupees / UNITS[unit]:.2f}".rstrip("0").rstrip("."), unit


def format_rupees(rupees: int) -> str:
    """8500000 → "₹85 L", 12500000 → "₹1.25 Cr", 45000 → "₹45,000"."""
    figure, unit = in_words(rupees)
    return f"₹{figure} {SHORT[unit]}" if unit else f"₹{figure}"
