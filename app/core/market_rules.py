"""The rules of comparing asking prices (shared by the statements, the method document and the figures)."""

MIN_COMPARABLES = 8
"""The ladder stops at the first rung with as many; fewer get no verdict."""
MIN_RANGE = 5
"""Fewer than these are not enough to show even a range."""
FENCE_Z = 3.5
"""Modified z-score of the log price beyond which a price counts as an outlier (Iglewicz and Hoaglin, 1993)."""
FENCE_FROM = 10
"""Prices from which on a fence is drawn."""
GUARD = 0.05
"""A home this close to the median, as a share of it, is average whatever the quartiles say."""
AREA_TOLERANCE = 0.20
"""Homes of similar size have an area this close to the home's, as a share of it."""
