"""A stage's run in MLflow: `with track(stage=..., row=..., params=..., params_path=...) as run`."""

from galaxy.workbench.stage_run import track_stage as track

__all__ = ["track"]
