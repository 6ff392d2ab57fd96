"""Rupees as people write them: lakh and crore, grouped 3-2-2."""

LAKH = 100_000
CRORE = 10_000_000


def group_indian(rupees: int) -> str:
    """12345678 → "1,23,45,678"."""
    digits = str(abs(rupees))
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, i - 2) : i] for i in range(len(head), 0, -2)][::-1]
    return ("-" if rupees < 0 else "") + ",".join([*pairs, tail])


def format_rupees(rupees: int) -> str:
    """8500000 → "₹85 L", 12500000 → "₹1.25 Cr", 45000 → "₹45,000"; at most two decimals."""
    if abs(rupees) < LAKH:
        return f"₹{group_indian(rupees)}"
    # 99,99,999 rounds to 1 crore, not to 100 lakh.
    unit, name = (CRORE, "Cr") if round(abs(rupees) / LAKH, 2) >= CRORE / LAKH else (LAKH, "L")
    return f"₹{rupees / unit:.2f}".rstrip("0").rstrip(".") + f" {name}"
