"""The budget slider: its ends, the stops of its handles, and the bars of homes by price along it."""

from app.core.price_buckets import LOWER_BOUNDS
from app.core.vocabulary import ListingType
from app.schemas.asked_questions import BudgetScale, Step
from app.schemas.questions import Scale
from app.schemas.search import HistogramBar

HISTOGRAM_BARS = 24
MOST_STOPS = 400


def histogram(listing_type: ListingType, buckets: dict[int, int]) -> list[HistogramBar]:
    """At most 24 bars of neighbouring price buckets, from the first to the last bucket that holds a home."""
    if not buckets:
        return []
    return _bars(listing_type, buckets, min(buckets), max(buckets) + 1)


def _bars(listing_type: ListingType, buckets: dict[int, int], first: int, end: int) -> list[HistogramBar]:
    """Bars over the buckets from `first` to before `end`, the last one narrower where they do not divide."""
    bounds = [*LOWER_BOUNDS[listing_type], None]
    width = -(-(end - first) // HISTOGRAM_BARS)
    starts = range(first, end, width)
    return [
        HistogramBar(
            price_from=bounds[start],
            price_to=bounds[stop],
            count=sum(buckets.get(bucket, 0) for bucket in range(start, stop)),
        )
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
    ]


def budget_scale(scale: Scale, buckets: dict[int, int]) -> BudgetScale:
    """Slider bounds as configured, else at the 1st and 99th percentile of active prices; bars for all prices."""
    bounds = LOWER_BOUNDS[scale.listing_type]
    first, end = slider_range(scale, buckets)
    return BudgetScale(
        minimum=bounds[first],
        maximum=bounds[end],
        steps=[Step(price_from=each.price_from, step=each.step) for each in scale.steps],
        histogram=slider_bars(scale.listing_type, buckets, first, end),
    )


def slider_bars(listing_type: ListingType, buckets: dict[int, int], first: int, end: int) -> list[HistogramBar]:
    """Bars along the slider; what lies beyond is counted in an open bar at that end."""
    bounds = LOWER_BOUNDS[listing_type]
    below = sum(number for bucket, number in buckets.items() if bucket < first)
    above = sum(number for bucket, number in buckets.items() if bucket >= end)
    bars = _bars(listing_type, buckets, first, end) if buckets else []
    if below:
        bars.insert(0, HistogramBar(price_from=None, price_to=bounds[first], count=below))
    if above:
        bars.append(HistogramBar(price_from=bounds[end], price_to=None, count=above))
    return bars


def stops(scale: BudgetScale) -> list[int]:
    """The prices at which a handle stands, from one end of the slider to the other.

    Where the steps are too fine for MOST_STOPS, only every second, third… is one.
    """
    ends = [*(each.price_from for each in scale.steps[1:]), scale.maximum + 1]
    reaches = [
        range(_at_least(scale.minimum, each), min(end, scale.maximum + 1), each.step)
        for each, end in zip(scale.steps, ends, strict=True)
    ]
    every = max(-(-sum(map(len, reaches)) // MOST_STOPS), 1)
    return sorted({scale.minimum, scale.maximum, *(price for reach in reaches for price in reach[::every])})


def _at_least(price: int, step: Step) -> int:
    """The first price not below this one that the step leads to."""
    return step.price_from + max(-(-(price - step.price_from) // step.step), 0) * step.step


def slider_range(scale: Scale, buckets: dict[int, int]) -> tuple[int, int]:
    """The slider's first bucket, and the one before which it ends."""
    bounds = LOWER_BOUNDS[scale.listing_type]
    dearest = len(bounds) - 1  # the open bucket, which the slider stops before
    first, end = 0, dearest
    total, seen = sum(buckets.values()), 0
    for bucket in sorted(buckets):
        if seen <= total * 0.01:
            first = min(bucket, dearest - 1)
        seen += buckets[bucket]
        end = min(bucket + 1, dearest)
        if seen >= total * 0.99:
            break
    if scale.maximum is not None:
        end = bounds.index(scale.maximum)
        first = min(first, end - 1)
    if scale.minimum is not None:
        first = bounds.index(scale.minimum)
        end = max(end, first + 1)
    return first, end
