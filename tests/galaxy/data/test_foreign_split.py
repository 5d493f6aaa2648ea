from pathlib import Path

import numpy as np
import pytest

from galaxy.data.foreign_split import read_foreign_split
from galaxy.errors import InputError


def write(folder: Path, text: str) -> Path:
    path = folder / "split.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_usual_names_of_columns_and_sets_and_our_ids_are_understood(tmp_path: Path) -> None:
    text = (
        "\ufeffIndex, Fold ,RA,dec,label\n7,TRAIN,10.5,-1,disc\n0123456789ab-000012,val,,,ring\n3,holdout,11,2,disc\n"
    )
    found = read_foreign_split(write(tmp_path, text))
    assert found.row.tolist() == [7, 12, 3]
    assert found.split.tolist() == ["train", "validation", "test"]
    np.testing.assert_array_equal(found.ra, [10.5, np.nan, 11])
    np.testing.assert_array_equal(found.dec, [-1, np.nan, 2])
    assert found.label[0] == found.label[2] != found.label[1]


@pytest.mark.parametrize("text", ["row,set\n0,train\n1,test\n", "row,set,label\n0,train,disc\n1,test,\n"])
def test_what_is_not_known_is_said(tmp_path: Path, text: str) -> None:
    found = read_foreign_split(write(tmp_path, text))
    assert found.label.tolist() == [-1, -1]
    assert np.isnan(found.ra).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("row,set\n", "has no lines below its header"),
        ("row,set\n1,train,3\n", "line 2: the line has 3 fields, but the header has 2"),
        ("row,set\n1,train\n2,exam\n", "line 3: the set is 'exam'; allowed are train, training"),
        ("row,set\n-1,train\n2,test\n", "line 2: the row is '-1'; it must be a whole number"),
        ("row,set\n1.0,train\n2,test\n", "line 2: the row is '1.0'"),
        ("row,set\n1000000000,train\n2,test\n", "line 2: the row is '1000000000'; .* from 0 to 999,999,999"),
        (
            "galaxy,set\n1,train\n",
            "has no column of the row, which may be named row or index or .*galaxy, set",
        ),
        ("row,kind\n1,train\n", "has no column of the set"),
        ("row,set,ra\n1,train,12h\n2,test,\n", "ra is not a number of degrees"),
        (
            "row,set,dec\n1,train,5\n2,test,91\n",
            "dec is 91 in line 3; .* between -90 and 90",
        ),
        ('row,set\n"1,train\n', "is not CSV text in UTF-8"),
        ("row,set\n\n1,train\n\n2,exam\n", "line 5: the set is 'exam'"),
        ("row,set,ra\n\n1,train,\n2,test,12h\n", "line 4: ra is not a number of degrees, but '12h'; leave the field"),
        ("row,set,Row\n1,train,2\n2,test,1\n", "has two columns named 'row'; each column must have"),
        ("row,set\n1,train\n2,train\n", "has train galaxies only; give a split with a second set"),
    ],
)
def test_other_tables_are_refused_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_foreign_split(write(tmp_path, text))
    assert "\n" not in str(caught.value)
