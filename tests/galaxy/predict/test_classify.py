import csv
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table
from PIL import Image
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.predict import classify, parts
from galaxy.predict.classify import Summary, classify_inputs
from galaxy.predict.options import Options
from galaxy.predict.reference import reference_of
from galaxy.predict.trained_row import TrainedRow, load_row
from galaxy.predict.writers import by_ending
from tests.galaxy.models.classifiers import SIZE
from tests.galaxy.predict.rows import (
    CPU,
    NAMES,
    galaxies,
    make_reference,
    make_row,
    stored_predictions,
    write_hdf5,
    write_pictures,
)
from tests.processes import start


@pytest.fixture
def row(tmp_path: Path) -> TrainedRow:
    return load_row(make_row(tmp_path), device=CPU)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def probabilities(lines: list[dict[str, str]]) -> np.ndarray[Any, Any]:
    return np.array([[line[name] for name in NAMES] for line in lines], dtype=np.float32)


def count_batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of images of each batch that a row classifies from now on."""
    counts: list[int] = []
    classify = TrainedRow.classify

    def counted(self: TrainedRow, images: Any, **options: Any) -> Any:
        counts.append(len(images))
        return classify(self, images, **options)

    monkeypatch.setattr(TrainedRow, "classify", counted)
    return counts


def test_pictures_in_files_give_the_stored_predictions_bit_for_bit(tmp_path: Path) -> None:
    row = load_row(make_row(tmp_path), device=CPU, seeds=[1])
    images = galaxies(150)
    expected = stored_predictions(row.folder, images)[1]
    write_pictures(tmp_path / "png", images)
    write_hdf5(tmp_path / "all.h5", images)
    for name in ("png", "all.h5"):
        classify_inputs(row, [tmp_path / name], tmp_path / "out.csv", overwrite=True)
        np.testing.assert_array_equal(probabilities(read(tmp_path / "out.csv")), expected)
    # A few of them alone give the same bits: other pictures of a batch do not matter.
    classify_inputs(row, [tmp_path / "png" / "003.png", tmp_path / "png" / "077.png"], tmp_path / "two.csv")
    np.testing.assert_array_equal(probabilities(read(tmp_path / "two.csv")), expected[[3, 77]])


def test_batches_of_any_size_give_the_same_classes(
    row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_hdf5(tmp_path / "all.h5", galaxies(150))
    batches = count_batches(monkeypatch)
    classify_inputs(row, [tmp_path / "all.h5"], tmp_path / "usual.csv")
    assert batches == [64, 64, 22]
    row.batch_size = 100
    classify_inputs(row, [tmp_path / "all.h5"], tmp_path / "other.csv")
    assert batches[3:] == [100, 50]
    usual, other = read(tmp_path / "usual.csv"), read(tmp_path / "other.csv")
    assert [line["predicted"] for line in usual] == [line["predicted"] for line in other]
    np.testing.assert_allclose(probabilities(usual), probabilities(other), rtol=0, atol=1e-6)


def test_every_form_of_output_holds_the_same(row: TrainedRow, tmp_path: Path) -> None:
    write_pictures(tmp_path / "png", galaxies(5))
    (tmp_path / "png" / "broken é.png").write_bytes(b"text")
    outputs = [tmp_path / f"out{ending}" for ending in (".csv", ".parquet", ".fits", ".ecsv")]
    for output in outputs:
        assert classify_inputs(row, [tmp_path / "png"], output) == Summary(5, 1, 5)
    lines = read(outputs[0])
    arrow = parquet.read_table(outputs[1]).to_pydict()
    assert [line["id"] for line in lines] == arrow["id"] == list(Table.read(outputs[3])["id"])
    assert list(Table.read(outputs[2])["id"])[-1] == "broken ?.png"
    assert arrow[NAMES[0]][-1] is None
    for name in NAMES:
        expected = [np.float32(line[name] or "nan") for line in lines]
        np.testing.assert_array_equal(np.array(arrow[name], dtype=np.float32), expected)
        for path in outputs[2:]:
            np.testing.assert_array_equal(np.ma.filled(Table.read(path)[name], np.nan), expected)


def test_the_most_probable_classes_and_the_features_have_columns(row: TrainedRow, tmp_path: Path) -> None:
    images = galaxies(5)
    paths = write_pictures(tmp_path / "png", images)
    paths[2].write_bytes(b"text")
    output, features = tmp_path / "out.csv", tmp_path / "features.parquet"
    classify_inputs(row, [tmp_path / "png"], output, options=Options(top_k=3), embeddings=features)
    lines = read(output)
    good = [0, 1, 3, 4]
    probability, expected = row.classify(images[good])
    assert lines[2]["predicted_2"] == lines[2]["confidence_3"] == ""
    for line, one in zip([lines[number] for number in good], probability.astype(np.float32), strict=True):
        order = np.argsort(-one, kind="stable")[:3]
        assert [line["predicted"], line["predicted_2"], line["predicted_3"]] == [NAMES[best] for best in order]
        assert [np.float32(line[name]) for name in ("confidence", "confidence_2", "confidence_3")] == one[
            order
        ].tolist()
    table = parquet.read_table(features).to_pydict()
    assert table.pop("id") == [paths[number].name for number in good]
    np.testing.assert_array_equal(np.array(list(table.values()), dtype=np.float32).T, expected)
    plain = tmp_path / "plain.csv"
    classify_inputs(row, [tmp_path / "png"], plain, options=Options(top_k=3))
    assert plain.read_bytes() == output.read_bytes()
    with pytest.raises(InputError, match="top_k is 99; it must be between 1 and"):
        classify_inputs(row, [tmp_path / "png"], tmp_path / "x.csv", options=Options(top_k=99))
    with pytest.raises(InputError, match="was given for both the output and the embeddings"):
        classify_inputs(row, [tmp_path / "png"], output, embeddings=output, overwrite=True)


def test_features_that_a_fits_table_cannot_hold_are_refused_and_nothing_is_written(
    row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path / "png", galaxies(2))
    monkeypatch.setattr(by_ending, "MOST_COLUMNS", 8)
    with pytest.raises(InputError, match=r"features.fits would have 9 columns, and a FITS table has at most 8;"):
        classify_inputs(row, [tmp_path / "png"], tmp_path / "out.csv", embeddings=tmp_path / "features.fits")
    with pytest.raises(InputError, match=r"out.fits would have [0-9]+ columns"):
        classify_inputs(row, [tmp_path / "png"], tmp_path / "out.fits")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "png"]


def test_features_of_an_earlier_run_that_a_fits_table_cannot_hold_are_refused(
    row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path / "png", galaxies(2))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("galaxy.predict.classify.write_table", stop)
        with pytest.raises(KeyboardInterrupt):
            classify_inputs(row, [tmp_path / "png"], tmp_path / "out.csv", embeddings=tmp_path / "features.parquet")
    monkeypatch.setattr(by_ending, "MOST_COLUMNS", 8)
    batches = count_batches(monkeypatch)
    with pytest.raises(InputError, match=r"features.fits would have 9 columns, and a FITS table has at most 8;"):
        classify_inputs(row, [tmp_path / "png"], tmp_path / "out.csv", embeddings=tmp_path / "features.fits")
    assert batches == []
    assert not (tmp_path / "features.fits").exists()


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".ecsv"])
def test_features_of_pictures_that_cannot_be_read_are_a_table_without_rows(
    row: TrainedRow, tmp_path: Path, ending: str
) -> None:
    (tmp_path / "m31.png").write_bytes(b"text")
    features = tmp_path / f"features{ending}"
    assert classify_inputs(row, [tmp_path / "m31.png"], tmp_path / "out.csv", embeddings=features) == Summary(0, 1)
    assert features.stat().st_size


def test_trainings_are_averaged(row: TrainedRow, tmp_path: Path) -> None:
    images = galaxies(3)
    write_hdf5(tmp_path / "new.h5", images)
    classify_inputs(row, [tmp_path / "new.h5"], tmp_path / "new.csv")
    lines = read(tmp_path / "new.csv")
    expected = stored_predictions(row.folder, images).mean(axis=0)
    np.testing.assert_allclose(probabilities(lines), expected, atol=1e-7)
    assert [line["predicted"] for line in lines] == [NAMES[best] for best in expected.argmax(axis=1)]
    entropy = -(expected * np.log(expected)).sum(axis=1)
    np.testing.assert_allclose([float(line["entropy"]) for line in lines], entropy, rtol=1e-5)


def test_symmetries_make_orientation_irrelevant(row: TrainedRow, tmp_path: Path) -> None:
    image = galaxies(1)[0]
    write_hdf5(tmp_path / "turned.h5", np.stack([image, np.rot90(image), image[:, ::-1]]))
    classify_inputs(row, [tmp_path / "turned.h5"], tmp_path / "out.csv", options=Options(symmetries=True))
    values = probabilities(read(tmp_path / "out.csv"))
    np.testing.assert_allclose(values, values[:1].repeat(3, axis=0), atol=1e-6)


def test_sets_and_distances_come_from_the_validation_galaxies(row: TrainedRow, tmp_path: Path) -> None:
    make_reference(tmp_path, row.folder)
    reference = reference_of(row, predictions=tmp_path / "predictions" / "custom.npz", store=tmp_path / "store")
    assert reference is not None
    assert len(reference.label) == len(reference.features) == 58
    typical, blank = galaxies(30, seed=9), np.zeros((1, SIZE, SIZE, 3), np.uint8)
    write_hdf5(tmp_path / "new.h5", np.concatenate([typical, blank]))
    classify_inputs(row, [tmp_path / "new.h5"], tmp_path / "new.csv", reference=reference)
    lines = read(tmp_path / "new.csv")
    assert all(line["predicted"] in line["set"].split("|") for line in lines)
    assert float(lines[-1]["unlike"]) == 1.0
    assert float(np.mean([float(line["unlike"]) for line in lines[:-1]])) < 0.8
    assert lines[-1]["checks"] == "grey|masked|no source in the middle"
    assert reference_of(row, predictions=tmp_path / "absent.npz", store=tmp_path / "store") is None


def test_what_cannot_be_read_is_a_row_with_the_reason(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(4))
    paths[1].write_bytes(paths[1].read_bytes()[:200])
    Image.fromarray(galaxies(1, size=SIZE - 2)[0]).save(paths[2])
    assert classify_inputs(row, [tmp_path / "png"], tmp_path / "out.csv") == Summary(2, 2, 2)
    lines = read(tmp_path / "out.csv")
    assert [bool(line["reason"]) for line in lines] == [False, True, True, False]
    assert [bool(line["predicted"]) for line in lines] == [True, False, False, True]
    assert lines[2]["reason"].startswith("the crop has 30 pixels on a side")


def _killed(folder: Path, root: Path, given: str = "png") -> None:
    parts.ROWS = classify.ROWS = 64  # type: ignore[attr-defined]
    row = load_row(folder, device=CPU)
    whole = TrainedRow.classify
    calls = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*arguments, **options)

    TrainedRow.classify = counted  # type: ignore[method-assign]
    classify_inputs(row, [root / given], root / "out.csv")


def test_a_killed_run_goes_on_where_it_was(row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(150))
    paths[70].write_bytes(b"")
    classify_inputs(row, [tmp_path / "png"], tmp_path / "whole.csv")
    process = start(_killed, row.folder, tmp_path)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not (tmp_path / "out.csv").exists()
    monkeypatch.setattr(parts, "ROWS", 64)
    monkeypatch.setattr(classify, "ROWS", 64)
    batches = count_batches(monkeypatch)
    classify_inputs(row, [tmp_path / "png"], tmp_path / "out.csv")
    assert sum(batches) == 22
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not list(tmp_path.glob(".out.csv*"))


@pytest.mark.parametrize("given", ["png", "table.csv"])
def test_rows_of_a_picture_that_has_changed_since_are_made_again(
    row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(150))
    (tmp_path / "table.csv").write_text("path\n" + "".join(f"png/{path.name}\n" for path in paths))
    process = start(_killed, row.folder, tmp_path, given)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    left = tmp_path / ".out.csv.parts"
    shutil.copytree(left, tmp_path / "left")
    monkeypatch.setattr(parts, "ROWS", 64)
    monkeypatch.setattr(classify, "ROWS", 64)
    for changed, again in ((10, 128), (70, 64), (140, 0)):
        shutil.copytree(tmp_path / "left", left, dirs_exist_ok=True)
        before, content = paths[changed].stat(), paths[changed].read_bytes()
        paths[changed].write_bytes(paths[changed + 1].read_bytes())
        os.utime(paths[changed], ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        with monkeypatch.context() as counting:
            batches = count_batches(counting)
            assert classify_inputs(row, [tmp_path / given], tmp_path / "out.csv").changed == again
            assert sum(batches) == 22 + again
        assert not left.exists()
        classify_inputs(row, [tmp_path / given], tmp_path / "whole.csv")
        assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
        for table in ("out.csv", "whole.csv"):
            (tmp_path / table).unlink()
        paths[changed].write_bytes(content)
        os.utime(paths[changed], ns=(before.st_atime_ns, before.st_mtime_ns))


def test_finished_parts_of_other_pictures_are_not_used(row: TrainedRow, tmp_path: Path) -> None:
    write_pictures(tmp_path / "png", galaxies(3))
    with parts.Parts(tmp_path / "out.csv", "other pictures") as left:
        left.add([["wrong"]], [[1, 2]])
        shutil.copytree(tmp_path / ".out.csv.parts", tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / ".out.csv.parts")
    classify_inputs(row, [tmp_path / "png"], tmp_path / "out.csv")
    assert [line["id"] for line in read(tmp_path / "out.csv")] == ["000.png", "001.png", "002.png"]


def test_no_file_that_is_read_is_written(row: TrainedRow, tmp_path: Path) -> None:
    write_hdf5(tmp_path / "new.h5", galaxies(3))
    paths = write_pictures(tmp_path / "png", galaxies(2))
    (tmp_path / "table.csv").write_text(f"path\n{paths[0]}\n{paths[1]}\n")
    (tmp_path / "link.csv").symlink_to("new.h5")
    inputs = [tmp_path / "new.h5", tmp_path / "png", tmp_path / "table.csv"]
    files = [tmp_path / "new.h5", tmp_path / "table.csv", *paths, *row.folder.iterdir()]
    before = [file.read_bytes() for file in files]
    for output in (*files, tmp_path / "link.csv"):
        with pytest.raises(InputError):
            classify_inputs(row, inputs, output, overwrite=True)
    for index, path in enumerate(paths):  # an ending that could be written, named by the table alone
        renamed = path.with_suffix(".csv")
        path.rename(renamed)
        (tmp_path / "table.csv").write_text(f"path\n{renamed}\n")
        with pytest.raises(InputError, match="is an input of this command"):
            classify_inputs(row, [tmp_path / "table.csv"], renamed, overwrite=True)
        renamed.rename(path)
        assert path.read_bytes() == before[2 + index]
    (tmp_path / "table.csv").write_text(f"path\n{paths[0]}\n{paths[1]}\n")
    assert [file.read_bytes() for file in files] == before


def test_the_table_goes_to_standard_output_on_demand(
    row: TrainedRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_hdf5(tmp_path / "new.h5", galaxies(3))
    classify_inputs(row, [tmp_path / "new.h5"], Path("-"))
    printed = capsys.readouterr().out
    classify_inputs(row, [tmp_path / "new.h5"], tmp_path / "new.csv")
    assert printed == (tmp_path / "new.csv").read_text()


def test_a_full_standard_output_is_named(row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_hdf5(tmp_path / "new.h5", galaxies(3))
    full = os.fdopen(os.open("/dev/full", os.O_WRONLY), "w")
    monkeypatch.setattr("sys.stdout", full)
    with pytest.raises(InputError, match=r"^standard output cannot be written \(No space left on device\), and"):
        classify_inputs(row, [tmp_path / "new.h5"], Path("-"))
    monkeypatch.undo()
    with pytest.raises(OSError, match="No space"):
        full.close()


def test_ids_and_positions_of_the_file_are_kept(row: TrainedRow, tmp_path: Path) -> None:
    write_hdf5(tmp_path / "new.h5", galaxies(3))
    with h5py.File(tmp_path / "new.h5", "a") as file:
        file["id"] = ["M 31", "M 33", "M 51"]
        file["ra"], file["dec"] = [10.684708, np.nan, 202.469575], [41.26875, np.nan, 47.1952583]
    classify_inputs(row, [tmp_path / "new.h5"], tmp_path / "new.csv")
    lines = read(tmp_path / "new.csv")
    assert [line["id"] for line in lines] == ["M 31", "M 33", "M 51"]
    degrees = [(line["ra"], line["dec"]) for line in lines]
    assert degrees == [("10.684708", "41.26875"), ("", ""), ("202.469575", "47.1952583")]
    assert "ra=10.68471&dec=41.26875&" in lines[0]["viewer"]
    assert lines[1]["viewer"] == ""


def test_columns_of_a_table_come_along(row: TrainedRow, tmp_path: Path) -> None:
    write_pictures(tmp_path / "png", galaxies(2))
    (tmp_path / "table.csv").write_text(
        "name,file,ra,dec,redshift,predicted,class 0\n"
        'A,png/001.png,1.5,-2,0.03,"spiral, barred",9\nB,png/none.png,,,,,\n'
    )
    classify_inputs(row, [tmp_path / "table.csv"], tmp_path / "out.csv")
    first, second = read(tmp_path / "out.csv")
    assert (first["id"], first["ra"], first["dec"], first["redshift"]) == ("A", "1.5", "-2.0", "0.03")
    assert (first["predicted_in_table"], first["class 0_in_table"]) == ("spiral, barred", "9")
    assert second["reason"] == "cannot be read (No such file or directory)"


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".ecsv"])
def test_numbers_that_are_not_finite_come_along(row: TrainedRow, tmp_path: Path, ending: str) -> None:
    write_pictures(tmp_path, galaxies(2))
    given = {"path": ["000.png", "001.png"], "ra": [1.0, np.inf], "dec": [99.0, 2.0], "z": [np.nan, np.inf]}
    parquet.write_table(pa.table({**given, "flags": pa.array([2**64 - 1, None], pa.uint64())}), tmp_path / "in.parquet")
    classify_inputs(row, [tmp_path / "in.parquet"], tmp_path / f"out{ending}")
    found: dict[str, Any]
    if ending == ".parquet":
        found = parquet.read_table(tmp_path / "out.parquet").to_pydict()
    elif ending == ".csv":
        lines = read(tmp_path / "out.csv")
        found = {name: [line[name] for line in lines] for name in lines[0]}
        found |= {name: [float(value or "nan") for value in found[name]] for name in ("ra", "dec", "z")}
    else:
        table = Table.read(tmp_path / f"out{ending}", format="fits" if ending == ".fits" else "ascii.ecsv")
        found = {name: np.ma.filled(table[name], np.nan).tolist() for name in ("ra", "dec", "z")}
        found |= {name: [str(value) for value in table[name]] for name in ("flags", "viewer")}
    assert [number is None or np.isnan(number) for number in (found["z"][0], found["ra"][1])] == [True, True]
    assert (found["z"][1], found["ra"][0], found["dec"]) == (np.inf, 1, [99, 2])
    assert found["flags"][0] == str(2**64 - 1)
    assert not any("legacysurvey" in address for address in found["viewer"])


def test_columns_keep_apart_where_names_are_taken_twice(row: TrainedRow, tmp_path: Path) -> None:
    write_pictures(tmp_path, galaxies(1))
    (tmp_path / "table.csv").write_text("path,predicted,predicted_in_table,class 0,class 0_in_table\n000.png,a,b,c,d\n")
    classify_inputs(row, [tmp_path / "table.csv"], tmp_path / "out.csv")
    (line,) = read(tmp_path / "out.csv")
    assert line["predicted_in_table"] == "b"
    assert line["predicted_in_table_in_table"] == "a"
    assert line["class 0_in_table"] == "d"
    assert line["class 0_in_table_in_table"] == "c"


def test_grey_pictures_alone_are_refused_where_weights_expect_colour(tmp_path: Path) -> None:
    row = load_row(make_row(tmp_path, weights="imagenet (SHA-256 0)"), device=CPU)
    images = galaxies(3)[:, :, :, :1].repeat(3, axis=3)
    write_hdf5(tmp_path / "grey.h5", images)
    with pytest.raises(InputError, match="all pictures are grey, and the weights of custom expect colour"):
        classify_inputs(row, [tmp_path / "grey.h5"], tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
    assert not list(tmp_path.glob(".out.csv*"))


@pytest.mark.parametrize(
    ("output", "message"),
    [("out.txt", r"out\.txt ends in none of \.csv"), (".", "is a folder"), ("new.h5/out.csv", "Not a directory")],
)
def test_outputs_that_cannot_be_written_are_refused(row: TrainedRow, tmp_path: Path, output: str, message: str) -> None:
    write_hdf5(tmp_path / "new.h5", galaxies(1))
    with pytest.raises(InputError, match=message):
        classify_inputs(row, [tmp_path / "new.h5"], tmp_path / output)


def test_two_runs_do_not_write_one_output(row: TrainedRow, tmp_path: Path) -> None:
    write_hdf5(tmp_path / "new.h5", galaxies(1))
    with parts.Parts(tmp_path / "out.csv", "first"), pytest.raises(InputError, match="by another run"):
        classify_inputs(row, [tmp_path / "new.h5"], tmp_path / "out.csv")


def test_a_row_without_the_seed_is_refused(row: TrainedRow) -> None:
    with pytest.raises(InputError, match="has no training with seed 7; it has 0, 1"):
        load_row(row.folder, device=CPU, seeds=[7])


def test_the_crop_of_training_is_taken_unless_another_is_given(tmp_path: Path) -> None:
    row = load_row(make_row(tmp_path, crop=48), device=CPU)
    write_hdf5(tmp_path / "images.h5", galaxies(4, size=96))
    texts = []
    for crop in (None, 48, 96):
        classify_inputs(row, [tmp_path / "images.h5"], tmp_path / f"{crop}.csv", options=Options(crop=crop))
        texts.append((tmp_path / f"{crop}.csv").read_text())
    assert texts[0] == texts[1] != texts[2]
    with pytest.raises(InputError, match="crop is 31; it must be at least 32"):
        classify_inputs(row, [tmp_path / "images.h5"], tmp_path / "out.csv", options=Options(crop=31))
