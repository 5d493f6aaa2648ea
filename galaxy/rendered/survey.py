"""Properties of Galaxy10 DECaLS' cut-outs of the Legacy Surveys, which the rendered galaxies imitate.

Sources: Dey et al. 2019 (AJ 157, 168) for bands, depth and seeing of DECaLS; the data set's own description for the
256 pixels of 0.262 arcsec. Fluxes are in nanomaggies (zero point 22.5 AB); bands are g, r, z, in this order.
"""

PIXEL_SCALE = 0.262
"""Arcsec per pixel of the survey's coadded images and of Galaxy10's cut-outs."""

NATIVE_SIZE = 256
"""Pixels on a side of Galaxy10's cut-outs."""

FIELD_OF_VIEW = PIXEL_SCALE * NATIVE_SIZE
"""Width and height of the field in arcsec, 67.07; rendered pictures of any size show this field."""

ZERO_POINT = 22.5
"""AB magnitude of one nanomaggy."""

SEEING = (1.03, 0.94, 0.89)
"""Median full width at half maximum of the point spread function, arcsec, in g, r, z.

0.8 of the medians of Dey et al. 2019, 1.29, 1.18 and 1.11: small sources in 250 Galaxy10 DECaLS images have a median
width of 1.2 arcsec, and rendered with the published widths they had 1.5."""

SEEING_SCATTER = 0.18
"""Scatter of the natural logarithm of the seeing between fields; chosen because two thirds of these sources
have widths of 0.9 to 1.6 arcsec."""

MOFFAT_BETA = 3.0
"""Exponent of the Moffat profile, typical of ground-based images (Trujillo et al. 2001, MNRAS 328, 977)."""

DEPTH = (23.95, 23.54, 22.50)
"""Point-source depth, 5 sigma, AB magnitude in g, r, z, of two visits (Dey et al. 2019)."""


def pixel_scale(size: int) -> float:
    """Return the arcsec per pixel of a picture of `size` pixels that shows the field of view of Galaxy10."""
    return FIELD_OF_VIEW / size
