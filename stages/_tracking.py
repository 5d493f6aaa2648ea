"""The run of a stage in MLflow, by the name that scripts beside the pipeline import; stages import it where it is."""

from galaxy.workbench.stage_run import track_stage as track

__all__ = ["track"]
