"""Reads and writes features by galaxy id, with a description of the network that computed them.

The file contains the hash of the split manifest, so that features are not joined with the labels of another data set.

In the shapes, M is the number of galaxies and D of features.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from galaxy.counted import counted
from galaxy.errors import InputError
from galaxy.npz import read_npz, write_npz

_KEYS = ("id", "embedding", "source", "manifest")


@dataclass(frozen=True, kw_only=True, eq=False)
class Embeddings:
    """Features of galaxies; the constructor checks them.

    Raises:
        InputError: If shapes or types do not fit, ids repeat or are not sorted, or values are NaN or infinite.
    """

    id: NDArray[np.str_]
    """(M,) galaxy ids, sorted, unique."""
    embedding: NDArray[np.float32]
    """(M, D) features."""
    source: Mapping[str, Any]
    """Description of the network as JSON values: backbone, SHA-256 of its weights, input size."""
    manifest: str
    """SHA-256 of the split manifest that the galaxies are from."""

    def __post_init__(self) -> None:
        shape = self.embedding.shape
        if len(shape) != 2 or not self.embedding.size or self.embedding.dtype != np.float32:
            raise InputError(
                f"embeddings have shape {shape} and type {self.embedding.dtype}; they must have shape (M, D), with M "
                "and D above 0, and type float32"
            )
        if self.id.shape != shape[:1] or self.id.dtype.kind != "U":
            raise InputError(
                f"ids have shape {self.id.shape} and type {self.id.dtype}; {shape[0]} embeddings need {shape[0]} ids "
                "as text"
            )
        if not (self.id[1:] > self.id[:-1]).all():
            raise InputError(
                "the ids of embeddings are repeated or not sorted; sort the embeddings by id, each id once"
            )
        bad = ~np.isfinite(self.embedding).all(axis=1)
        if bad.any():
            raise InputError(
                f"embeddings of {counted(int(bad.sum()), 'galaxy')} contain NaN or infinity, the first is "
                f"{self.id[bad][0]}; check the backbone's weights and compute them again"
            )

    def of(self, ids: ArrayLike, *, manifest: str) -> NDArray[np.float32]:
        """Return the (n, D) features of some galaxies, in the order of their ids.

        Args:
            ids: (n,) ids in any order.
            manifest: SHA-256 of the split manifest that they are from.

        Raises:
            InputError: If the embeddings were made from another manifest, or an id has no embedding.
        """
        if manifest != self.manifest:
            raise InputError(
                f"embeddings belong to the split manifest {self.manifest[:12]}, but labels to {manifest[:12]}; "
                "compute the embeddings again"
            )
        wanted = np.asarray(ids, dtype=np.str_)
        rows = np.minimum(np.searchsorted(self.id, wanted), len(self.id) - 1)
        foreign = self.id[rows] != wanted
        if foreign.any():
            raise InputError(
                f"there is no embedding of {counted(int(foreign.sum()), 'galaxy')}, the first is "
                f"{wanted[foreign][0]}; compute the embeddings again"
            )
        return self.embedding[rows]


def sorted_embeddings(
    ids: ArrayLike, embedding: NDArray[np.float32], *, source: Mapping[str, Any], manifest: str
) -> Embeddings:
    """Sort features by galaxy id and return them as `Embeddings`.

    Args:
        ids: (M,) galaxy ids in any order.
        embedding: (M, D) float32 features in the same order.
        source: Description of the network as JSON values.
        manifest: SHA-256 of the split manifest that the galaxies are from.

    Raises:
        InputError: If the numbers of ids and embeddings differ, ids repeat, or values are NaN or infinite.

    Example:
        >>> found = sorted_embeddings(["b", "a"], np.array([[2.0], [1.0]], dtype=np.float32), source={}, manifest="")
        >>> found.of(["a"], manifest="")
        array([[1.]], dtype=float32)
    """
    names = np.asarray(ids, dtype=np.str_)
    if names.shape != embedding.shape[:1]:
        raise InputError(
            f"embeddings have shape {embedding.shape} and ids {names.shape}; they must have shapes (M, D) and (M,)"
        )
    order = np.argsort(names, kind="stable")
    return Embeddings(id=names[order], embedding=embedding[order], source=dict(source), manifest=manifest)


def save_embeddings(path: Path, embeddings: Embeddings, **further: NDArray[Any]) -> None:
    """Write embeddings as an uncompressed .npz file, atomically; equal content gives equal bytes.

    Args:
        path: The file to write.
        embeddings: The embeddings.
        further: Further arrays to write to the file, by name.
    """
    arrays = {
        "id": embeddings.id,
        "embedding": embeddings.embedding,
        "source": np.asarray(json.dumps(embeddings.source, sort_keys=True)),
        "manifest": np.asarray(embeddings.manifest),
    }
    write_npz(path, arrays | further, compressed=False)


def load_embeddings(path: Path) -> Embeddings:
    """Read and check a file of embeddings, whose rows may be in any order.

    Raises:
        InputError: If the file is missing, damaged, no .npz, lacks an array, or its content is invalid.
    """
    arrays: dict[str, Any] = read_npz(path, _KEYS, writer="stages.embed or stages.pca")
    try:
        source, manifest = json.loads(str(arrays["source"])), str(arrays["manifest"])
        if not isinstance(source, dict):
            raise InputError("source is not a JSON object; compute the embeddings again")
        return sorted_embeddings(arrays["id"], arrays["embedding"], source=source, manifest=manifest)
    except (InputError, ValueError, IndexError) as error:
        raise InputError(f"{path}: {error}") from None
