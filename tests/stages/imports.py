"""Which modules a stage imports."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tests.root import ROOT


def run_and_list_modules(stage: str, options: Mapping[str, str | Path]) -> tuple[set[str], str]:
    """Run a stage without tracking in a process of its own; return the modules that it has imported, and its errors.

    Args:
        stage: Name of the module in `stages`.
        options: Values of the command line's options, by name.
    """
    code = f"""
        import sys
        import galaxy.tracking.track
        from galaxy.tracking.track import Run
        galaxy.tracking.track._open = lambda *_: Run(None)
        from stages.{stage} import main
        from stages._stage import run_stage
        try:
            run_stage(main)
        except SystemExit as end:
            assert not end.code, end.code
        print(*sys.modules)
    """
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split()), done.stderr
