"""The rules of the mini-map of places nearby (shared by the statement, the drawing and the method's text)."""

NEARBY_PER_CATEGORY = 3
"""The nearest places of each category that are shown."""
NEARBY_RADIUS_KM = 5
"""How far from the home a place may be to be shown."""
