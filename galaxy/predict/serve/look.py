"""Describes one picture: its classes, the most similar training galaxies, and what the class depends on."""

import threading
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.predict.columns import entropy
from galaxy.predict.conformal import class_sets, threshold
from galaxy.predict.options import Options
from galaxy.predict.picture import Picture
from galaxy.predict.readers.files import ENDINGS, ending, group_bands, read_picture
from galaxy.predict.reference import Reference
from galaxy.predict.row import Row
from galaxy.predict.serve.occlusion import occlusion_map
from galaxy.predict.serve.training_neighbours import TrainingNeighbours
from galaxy.predict.unlike import Unlike
from galaxy.report.images import attention_uri, galaxy_uri
from galaxy.report.sky_viewer import viewer_address

NEIGHBOURS = 8


class Looker:
    """Describes pictures with one row.

    Args:
        row: The row.
        options: How pictures are read and prepared, and the coverage of the sets.
        reference: Validation galaxies, for sets and `unlike`; None leaves these out.
        training: Training galaxies; None leaves the nearest ones out.
    """

    def __init__(
        self, row: Row, *, options: Options, reference: Reference | None, training: TrainingNeighbours | None
    ) -> None:
        self._row = row
        self._options = options
        self._training = training
        self._least = self._unlike = None
        if reference is not None:
            self._least = threshold(reference.probability, reference.label, coverage=options.coverage)
            self._unlike = Unlike(reference.features)
        self._busy = threading.Lock()  # one picture at a time: the network remembers what enters its last layer

    def __call__(self, paths: tuple[Path, ...], name: str, *, pictures: bool, occlusion: bool) -> dict[str, Any]:
        """Describe the picture in a file, which is read as a picture or a FITS cut-out and as nothing else.

        Args:
            paths: The file, whose ending says what it is, or the files of the bands of one FITS cut-out.
            name: What the answer calls it.
            pictures: Whether the answer holds pictures, as data URIs.
            occlusion: Whether the answer says how far covering parts of the picture lowers the probability.

        Returns:
            JSON values; `reason` says why a picture could not be used, and is empty where it could.
        """
        picture = Picture(name)
        if ending(paths[0]) in ENDINGS:
            picture = read_picture(picture, paths, self._options.fits)
        else:
            picture.reason = f"ends in none of {', '.join(ENDINGS)}"
        (picture,) = self._options.preparation(self._row.description)([picture])
        if picture.image is None:
            return {"id": name, "reason": picture.reason}
        with self._busy:
            return self._describe(picture, pictures=pictures, occlusion=occlusion)

    def grouped(self, names: list[str]) -> list[tuple[str, list[int]]]:
        """Return name and positions of the files of each picture, in the order of their first files.

        FITS files whose names differ only by the band are one cut-out, as for `galaxy predict`.
        """
        positions = {name: number for number, name in enumerate(names)}
        if len(positions) < len(names):  # with two files of one name it is unknown which band is whose
            return [(name, [number]) for number, name in enumerate(names)]
        found = [
            (name, [positions[str(path)] for path in paths])
            for name, paths in group_bands(names, Path(), self._options.fits.bands)
        ]
        return sorted(found, key=lambda one: min(one[1]))

    def _describe(self, picture: Picture, *, pictures: bool, occlusion: bool) -> dict[str, Any]:
        image = picture.image
        if image is None:
            raise ValueError("a picture without an image")
        probability, features = self._row.classify(image[None], symmetries=self._options.symmetries)
        one, classes = probability[0], self._row.description.classes
        best = int(one.argmax())
        answer: dict[str, Any] = {
            "id": picture.id,
            "reason": "",
            "predicted": classes[best],
            "confidence": _rounded(one[best]),
            "probabilities": {name: _rounded(value) for name, value in zip(classes, one, strict=True)},
            "entropy": _rounded(entropy(one)),
            "checks": list(dict.fromkeys(picture.checks)),
            "ra": None if np.isnan(picture.ra) else picture.ra,
            "dec": None if np.isnan(picture.dec) else picture.dec,
            "viewer": viewer_address(picture.ra, picture.dec),
        }
        if self._least is not None and self._unlike is not None:
            kept = np.flatnonzero(class_sets(one[None].astype(np.float32), least=self._least)[0])
            answer["set"] = [classes[index] for index in kept.tolist()]
            answer["unlike"] = _rounded(self._unlike(features)[0])
        if self._training is not None:
            found = self._training.nearest(features[0], count=NEIGHBOURS)
            answer["nearest"] = [
                {"id": near.id, "class": near.label, "distance": _rounded(near.distance)}
                | ({"picture": galaxy_uri(near.image, size=128)} if pictures else {})
                for near in found
            ]
        if pictures:
            answer["picture"] = galaxy_uri(image)
        if occlusion:
            falls = occlusion_map(self._row, image, target=best)
            answer["occlusion"] = [[_rounded(value) for value in line] for line in falls]
            if pictures:
                answer["occlusion_picture"] = attention_uri(falls)
        return answer


def _rounded(value: float) -> float:
    return round(float(value), 6)
