"""Citations, and the acknowledgements that the licence of the data requires."""

CITATIONS = (
    (
        "The report: R. Alberghi, E. Calderoni, M. Casiraghi, M. Forzo, A Comparison of Deep and Transfer Learning "
        "Approaches for Galaxy Morphology Classification from Images, 2024. This software: see CITATION.cff."
    ),
    (
        "Methods: Simonyan & Zisserman 2015, arXiv:1409.1556 (VGG); Caron et al. 2021, arXiv:2104.14294 (DINO); Hu et "
        "al. 2022, arXiv:2106.09685 (LoRA); Kuhn 1955 (Hungarian matching); Guo et al. 2017, arXiv:1706.04599 "
        "(calibration); McNemar 1947, Holm 1979 and Berger 1982 (tests); Efron & Tibshirani 1993 (bootstrap); "
        "Northcutt, Jiang & Chuang 2021, arXiv:1911.00068 (confident learning)."
    ),
)

ACKNOWLEDGEMENTS = (
    (
        "Galaxy10 DECaLS (CC BY 4.0) was put together by Henry Leung and Jo Bovy, "
        "https://doi.org/10.5281/zenodo.10845026, https://github.com/henrysky/Galaxy10."
    ),
    (
        "Its labels are the work of the volunteers of Galaxy Zoo: Lintott et al. 2008 "
        "(https://doi.org/10.1111/j.1365-2966.2008.13689.x), Lintott et al. 2011 "
        "(https://doi.org/10.1111/j.1365-2966.2010.17432.x), Walmsley et al. 2022 (arXiv:2102.08414)."
    ),
    (
        "Its images come from the DESI Legacy Imaging Surveys (Dey et al. 2019, "
        "https://doi.org/10.3847/1538-3881/ab089d): DECaLS, BASS and MzLS. Work that uses them must include the "
        "surveys' full acknowledgement, see https://www.legacysurvey.org/acknowledgment/."
    ),
)
