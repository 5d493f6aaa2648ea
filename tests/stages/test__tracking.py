"""Scripts outside of the pipeline record their runs as the stages do."""

from galaxy.workbench.stage_run import track_stage
from stages._tracking import track


def test_a_script_records_runs_as_stages_do() -> None:
    assert track is track_stage
