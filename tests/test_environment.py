"""The table of environment variables names each one that the code reads."""

import re

from tests.root import ROOT

READ = re.compile(r"""environ(?:\.get\(|\.setdefault\(|\[)\s*["'](\w+)|^VARIABLE = "(\w+)""", re.MULTILINE)


def test_each_variable_that_the_code_reads_is_documented() -> None:
    text = (ROOT / "docs" / "environment.md").read_text()
    files = [path for folder in ("galaxy", "stages") for path in (ROOT / folder).rglob("*.py")]
    read = {name for path in files for names in READ.findall(path.read_text()) for name in names if name}
    assert {"GALAXY_DEVICE", "GALAXY_PROCESSES", "GALAXY_REGISTER", "MLFLOW_TRACKING_URI"} <= read
    # Of one machine's torchrun and BLAS, which no person sets for this project.
    own = {"TORCHELASTIC_RUN_ID", "TORCHELASTIC_ERROR_FILE", "OPENBLAS_NUM_THREADS", "GLOO_SOCKET_IFNAME", "PATH"}
    assert {name for name in read - own if f"`{name}`" not in text} == set()
