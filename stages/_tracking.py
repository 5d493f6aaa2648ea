"""Records a stage in MLflow, under the name that scripts outside of the pipeline import."""

from galaxy.workbench.stage_run import track_stage as track

__all__ = ["track"]
