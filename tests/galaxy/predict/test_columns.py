import math

import numpy as np

from galaxy.predict.columns import columns, row_values
from galaxy.predict.picture import Picture, Value

CLASSES = ("disc", "ring", "smooth")


def values(
    picture: Picture, probability: list[float] | None, *, least: float | None = None, top_k: int = 1
) -> dict[str, Value]:
    """Return the values of a galaxy by the names of their columns."""
    further = dict.fromkeys(picture.further, "text")
    names = [column.name for column in columns(CLASSES, further, top_k=top_k)]
    given = None if probability is None else np.array(probability)
    row = row_values(picture, given, 0.25, classes=CLASSES, further=list(further), least=least, top_k=top_k)
    return dict(zip(names, row, strict=True))


def test_a_galaxy_has_its_classes_its_uncertainty_and_its_place() -> None:
    picture = Picture("m51", np.zeros((4, 4, 3), np.uint8), ra=202.5, dec=47.2, checks=["grey", "grey", "small"])
    found = values(picture, [0.5, 0.3, 0.2], least=0.25, top_k=2)
    assert (found["id"], found["predicted"], found["confidence"]) == ("m51", "disc", 0.5)
    assert found["predicted_2"] == "ring"
    assert math.isclose(float(str(found["entropy"])), -sum(p * math.log(p) for p in (0.5, 0.3, 0.2)), rel_tol=1e-6)
    assert found["set"] == "disc|ring"
    assert found["checks"] == "grey|small"
    assert (found["ra"], found["dec"], found["unlike"]) == (202.5, 47.2, 0.25)
    assert "202.5" in str(found["viewer"])


def test_without_an_image_there_is_the_reason_and_no_class() -> None:
    found = values(Picture("m51", reason="is cut off"), None, top_k=2)
    assert found["reason"] == "is cut off"
    assert [found[name] for name in ("predicted", "confidence", "predicted_2", "disc", "entropy", "set", "unlike")] == [
        *("", None, "", None, None, "", None),
    ]
    assert (found["ra"], found["dec"]) == (None, None)


def test_a_column_of_the_table_whose_name_is_taken_gets_a_suffix() -> None:
    picture = Picture("m51", further={"predicted": "by eye", "predicted_in_table": "before", "mag": "9"})
    found = values(picture, None)
    assert found["predicted"] == ""
    assert found["predicted_in_table_in_table"] == "by eye"
    assert found["mag"] == "9"


def test_a_class_whose_name_is_taken_gets_a_suffix() -> None:
    names = [column.name for column in columns(["reason", "reason_class", "disc"], {"disc": "text"})]
    assert len(set(names)) == len(names)
    assert names[3:6] == ["reason_class_class", "reason_class", "disc"]
    assert names[-2:] == ["reason", "disc_in_table"]
