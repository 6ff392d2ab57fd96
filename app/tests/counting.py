"""What metrics say: this process's own, or as Prometheus reads them."""

from prometheus_client import Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families


def total(exposition: str, name: str, **labels: str) -> float:
    """The sum of the series of this name with these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def own(metric: Counter | Histogram, *labels: str) -> float:
    """How often this process has counted it."""
    samples = metric.labels(*labels)._child_samples()
    return next(sample.value for sample in samples if sample.name in {"_total", "_count"})
