"""Stage `inputs`: checks params.yaml as a whole, and links the files that it names, so that DVC hashes them."""

import sys
from pathlib import Path

from stages._stage import PARAMS, OutFile, ParamsFile, from_root, run_stage


def main(output: OutFile, params: ParamsFile = PARAMS) -> None:
    """Check all parameters, then write beside `output` an entry for each input: a word, or a link to a file."""
    from galaxy.atomic import write_text
    from galaxy.workbench.check import check_params
    from galaxy.workbench.input_records import write_records
    from galaxy.workbench.params_file import read_params
    from galaxy.workbench.queue_advice import queue_advice

    own = check_params(params, root=from_root(Path()))
    for advice in queue_advice(from_root(Path()).resolve()):
        print(f"note: {advice}", file=sys.stderr)
    write_records(read_params(params), output.parent, own=own)
    write_text(output, "All parameters were right when they were last changed.\n")


if __name__ == "__main__":
    run_stage(main, recorded=False, guarded=False)
