"""Vastu by the side of the entrance: a belief, shown as one and never ranked."""

from app.core.vocabulary import Facing, VastuBand

NOTE = "Traditional belief; schools differ; not a measure of quality."
BANDS = {
    Facing.NORTH: VastuBand.FAVOURED,
    Facing.NORTH_EAST: VastuBand.FAVOURED,
    Facing.EAST: VastuBand.FAVOURED,
    Facing.SOUTH_EAST: VastuBand.LESS_FAVOURED,
    Facing.SOUTH: VastuBand.LESS_FAVOURED,
    Facing.SOUTH_WEST: VastuBand.LEAST_FAVOURED,
    Facing.WEST: VastuBand.NEUTRAL,
    Facing.NORTH_WEST: VastuBand.NEUTRAL,
}
SCORES = {
    VastuBand.FAVOURED: 90,
    VastuBand.NEUTRAL: 60,
    VastuBand.LESS_FAVOURED: 40,
    VastuBand.LEAST_FAVOURED: 20,
}
