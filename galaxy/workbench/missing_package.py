"""Says what to install if a command needs a package that is not installed."""

from typing import Never

from galaxy.workbench.error_exit import exit_with_lines

EXTRAS = {
    "pipeline": (
        *("dvc", "jinja2", "markupsafe", "mlflow", "requests", "ruamel", "scipy", "sklearn"),
        *("threadpoolctl", "vl_convert"),
    ),
    "astro": ("astropy",),
    "survey": ("dask", "dask_jobqueue", "distributed", "pyarrow"),
    "serve": ("fastapi", "python_multipart", "starlette", "uvicorn"),
    "export": ("huggingface_hub", "onnx", "onnxruntime", "onnxscript"),
}
"""Packages that an installation without extras lacks, by the extra that brings them."""


def exit_with_missing_package(error: ModuleNotFoundError) -> Never:
    """Print what to install, as one line, and exit with status 1; raise an error of any other module."""
    package = (error.name or "").partition(".")[0]
    for extra, packages in EXTRAS.items():
        if package in packages:
            exit_with_lines(
                f"this command needs {package}, which is not installed: pip install "
                f"'galaxy-morphology-benchmark[{extra}]'"
            )
    raise error
