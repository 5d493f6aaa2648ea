"""The entry points of the pipeline. This file chooses the kernels of numpy's BLAS before numpy is imported."""

import os
from pathlib import Path

_CPU = Path("/proc/cpuinfo")

if _CPU.exists() and {"avx2", "fma"} <= set(_CPU.read_text().split()):
    # OpenBLAS takes other kernels on each family of processors, which round differently: principal components had other
    # last digits on Zen 4 than on Zen 5. These run on all processors with AVX2 and FMA, and would end the process on
    # others, because OpenBLAS does not check this variable. torch does not use OpenBLAS.
    os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")
