"""The rules by which listings are compared. SQL and the method document read them from here."""

MIN_COMPARABLES = 8
"""A rung of the ladder with so many comparables is enough; only then is there a verdict."""
MIN_RANGE = 5
"""From so many on the last rung median and range are shown, without a verdict; below it nothing is."""
FENCE_FROM = 10
"""Only among so many comparables are outliers left out."""
FENCE_Z = 3.5
"""A comparable is an outlier when the modified z-score of its log price per sq ft is beyond this."""
GUARD = 0.05
"""Within this share of the median the verdict is average, whatever the quartiles."""
AREA_TOLERANCE = 0.20
"""Homes are of like size when their areas, on the same basis, differ by at most this share."""
