"""The page's pictures of galaxies: one per class, the mistakes, the doubtful labels, the attention maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore
from galaxy.evaluation.label_errors import likely_label_errors
from galaxy.report.images import attention_uri, galaxy_uri
from galaxy.report.row_files import RowFiles


def class_list(names: Sequence[str], manifest: Manifest, store: ImageStore) -> list[dict[str, Any]]:
    """Each class with its counts and its first training galaxy."""
    classes = []
    for k, name in enumerate(names):
        mine = manifest.label == k
        counts = {split: int(np.sum(mine & (manifest.split == split))) for split in ("train", "validation", "test")}
        shown = np.flatnonzero(mine & (manifest.split == "train"))
        uri = None
        if len(shown):
            uri = galaxy_uri(store.images[store.rows_of(manifest.id[shown[:1]])[0]], size=128)
        classes.append({"name": name, "uri": uri, "total": int(mine.sum()), **counts})
    return classes


def mistakes(rows: Sequence[RowFiles], names: Sequence[str], store: ImageStore, *, each: int) -> list[dict[str, Any]]:
    """By true class, the test galaxies that a supervised row got wrong with the highest mean probability."""
    best: dict[str, tuple[float, int, int, str]] = {}
    for row in rows:
        galaxies = row.details["galaxies"]
        probability = np.array(galaxies["probability"])
        predicted = probability.argmax(axis=1)
        for i, (name, split, label) in enumerate(
            zip(galaxies["id"], galaxies["split"], galaxies["label"], strict=True)
        ):
            if split == "test" and predicted[i] != label:
                claim = (float(probability[i].max()), int(predicted[i]), int(label), row.name)
                best[name] = max(claim, best.get(name, claim))
    groups: list[dict[str, Any]] = []
    for k, class_name in enumerate(names):
        mine = sorted((name for name, claim in best.items() if claim[2] == k), key=lambda n: (-best[n][0], n))[:each]
        items = [
            {
                "uri": _uri(store, name),
                "id": name,
                "label": class_name,
                "verdict": f"taken for {names[best[name][1]]}",
                "confidence": best[name][0],
                "row": best[name][3],
            }
            for name in mine
        ]
        groups.append({"name": class_name, "items": items})
    return groups


def suspects(rows: Sequence[RowFiles], names: Sequence[str], store: ImageStore, *, each: int) -> list[dict[str, Any]]:
    """By given class, the galaxies whose label the mean of all rows doubts most."""
    galaxies = rows[0].details["galaxies"]
    label = np.array(galaxies["label"])
    probability = np.mean([row.details["galaxies"]["probability"] for row in rows], axis=0)
    found, suggested = likely_label_errors(probability, label)
    groups = []
    for k, class_name in enumerate(names):
        mine = [(i, s) for i, s in zip(found, suggested, strict=True) if label[i] == k][:each]
        items = [
            {
                "uri": _uri(store, galaxies["id"][i]),
                "id": galaxies["id"][i],
                "label": class_name,
                "verdict": f"rather {names[s]}",
                "confidence": float(probability[i, s]),
                "row": None,
            }
            for i, s in mine
        ]
        groups.append({"name": class_name, "items": items})
    return groups


def attention(
    maps: Mapping[str, Mapping[str, Any]], manifest: Manifest, names: Sequence[str], *, shown: int
) -> dict[str, Any] | None:
    """Original, mean map and each head's map of the same galaxies, for all features that have maps."""
    if not maps:
        return None
    first = next(iter(maps.values()))
    label = dict(zip(manifest.id.tolist(), manifest.label.tolist(), strict=True))
    galaxies = []
    for i in range(min(shown, len(first["id"]))):
        name = str(first["id"][i])
        galaxies.append(
            {
                "name": f"Galaxy {name}" + (f", {names[label[name]]}" if name in label else ""),
                "original": galaxy_uri(first["image"][i], size=96),
                "means": [attention_uri(arrays["attention"][i].mean(axis=0)) for arrays in maps.values()],
                "heads": [
                    [attention_uri(head, size=64) for head in arrays["attention"][i]] for arrays in maps.values()
                ],
            }
        )
    return {"features": list(maps), "galaxies": galaxies, "shown": 3}


def _uri(store: ImageStore, name: str) -> str:
    return galaxy_uri(store.images[store.rows_of([name])[0]])
