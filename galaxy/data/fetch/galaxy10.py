"""The published file of Galaxy10 DECaLS.

Data CC BY 4.0: Galaxy Zoo labels (Lintott et al. 2008, 2011; Walmsley et al. 2022), DESI Legacy Imaging Surveys images
(Dey et al. 2019), put together by Henry Leung and Jo Bovy.
"""

FILE_NAME = "Galaxy10_DECals.h5"
URLS = (
    "https://zenodo.org/records/10845026/files/Galaxy10_DECals.h5",
    "https://www.astro.utoronto.ca/~hleung/shared/Galaxy10/Galaxy10_DECals.h5",
)
"""Addresses of the file: the archive, and the authors' older copy of the same bytes."""
BYTES = 2_735_267_419
SHA256 = "19aefc477c41bb7f77ff07599a6b82a038dc042f889a111b0d4d98bb755c1571"
