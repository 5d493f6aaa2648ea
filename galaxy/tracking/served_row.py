"""Serves a row in MLflow: takes encoded pictures and returns their classes.

MLflow keeps this file as the model's code and runs it where the model is loaded, so that nothing is pickled.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel


class ServedRow(PythonModel):
    """Applies the function that `opener`, a setting of the model, returns for the row's folder."""

    _classify: Callable[[Sequence[bytes]], dict[str, list[Any]]]

    def load_context(self, context: Any) -> None:
        """Load the networks."""
        module, _, name = str(context.model_config["opener"]).partition(":")
        self._classify = getattr(import_module(module), name)(Path(context.artifacts["row"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Classify the pictures in the column `image`, the bytes of a file in each line."""
        # Objects instead of numbers: a missing number would be sent as NaN, which JSON does not have.
        return pd.DataFrame(self._classify(list(model_input["image"])), dtype=object)


set_model(ServedRow())
