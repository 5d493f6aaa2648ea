"""The ten classes of Galaxy10 DECaLS.

Names, order and counts as published with the data set by Henry Leung and Jo Bovy
(https://github.com/henrysky/Galaxy10).
"""

GALAXY10_COUNTS: dict[str, int] = {
    "Disturbed": 1081,
    "Merging": 1853,
    "Round Smooth": 2645,
    "In-between Round Smooth": 2027,
    "Cigar Shaped Smooth": 334,
    "Barred Spiral": 2043,
    "Unbarred Tight Spiral": 1829,
    "Unbarred Loose Spiral": 2628,
    "Edge-on without Bulge": 1423,
    "Edge-on with Bulge": 1873,
}
"""Images per class in the published file, in label order; 17,736 in all."""

GALAXY10_CLASSES: tuple[str, ...] = tuple(GALAXY10_COUNTS)
"""Class names in label order, 0 to 9."""
