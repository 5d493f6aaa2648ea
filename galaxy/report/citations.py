"""Whom to cite, and the acknowledgements that the data's licence asks for."""

CITATIONS = (
    (
        "The report: R. Alberghi, E. Calderoni, M. Casiraghi, M. Forzo, A Comparison of Deep and Transfer Learning "
        "Approaches for Galaxy Morphology Classification from Images, 2024. This software: see CITATION.cff."
    ),
    (
        "Methods: Simonyan & Zisserman 2015 (VGG); Caron et al. 2021 (DINO); Hu et al. 2022 (LoRA); Kuhn 1955 "
        "(Hungarian matching); Guo et al. 2017 (calibration); McNemar 1947, Holm 1979 and Berger 1982 (tests); "
        "Efron & Tibshirani 1993 (bootstrap); Northcutt, Jiang & Chuang 2021 (confident learning)."
    ),
)

ACKNOWLEDGEMENTS = (
    (
        "Galaxy10 DECaLS (CC BY 4.0) was put together by Henry Leung and Jo Bovy, "
        "https://doi.org/10.5281/zenodo.10845026, https://github.com/henrysky/Galaxy10."
    ),
    (
        "Its labels are the work of the volunteers of Galaxy Zoo: Lintott et al. 2008 and 2011; Walmsley et al. 2021 "
        "(arXiv:2102.08414)."
    ),
    (
        "Its images come from the DESI Legacy Imaging Surveys (Dey et al. 2019): DECaLS, BASS and MzLS. Work that uses "
        "them carries the surveys' acknowledgement in full, as it stands at "
        "https://www.legacysurvey.org/acknowledgment/."
    ),
)
