"""The stages of the pipeline, which choose the kernels of numpy's BLAS before numpy is imported."""

import os
import platform

if platform.machine() in {"x86_64", "AMD64"}:
    # OpenBLAS takes other kernels on each family of processors, which round differently: principal components had other
    # last digits on Zen 4 than on Zen 5. These run on all processors with AVX2; torch does not use OpenBLAS.
    os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")
