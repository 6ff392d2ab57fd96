"""Demo listings: generated, plausible, the same every time, and marked as invented in every text."""
