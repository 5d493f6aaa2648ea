import io
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from tests.galaxy.predict.rows import NAMES, galaxies
from tests.galaxy.predict.serve.server import Server, ask, png, send


def test_answers_what_the_row_says(server: Server) -> None:
    port, row, store = server
    images = galaxies(3, seed=11)
    status, answer = send(port, [(f"{number}.png", png(image)) for number, image in enumerate(images)])
    assert status == 200
    probability, features = row.classify(images)
    train = np.asarray(store.images[:-1])
    known = row.classify(train)[1].astype(np.float64)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    for number, found in enumerate(answer["results"]):
        assert found["id"] == f"{number}.png"
        np.testing.assert_allclose([found["probabilities"][name] for name in NAMES], probability[number], atol=1e-6)
        assert found["predicted"] == NAMES[probability[number].argmax()]
        assert found["predicted"] in found["set"]
        assert 0 <= found["unlike"] <= 1
        one = features[number].astype(np.float64)
        distance = 1 - known @ one / np.linalg.norm(one)
        nearest = np.argsort(distance, kind="stable")[:8]
        assert [near["id"] for near in found["nearest"]] == store.ids[nearest].tolist()
        assert [near["class"] for near in found["nearest"]] == [NAMES[at % len(NAMES)] for at in nearest]
        assert "picture" not in found


@pytest.mark.parametrize("name", [".", "/"])
def test_a_file_whose_name_is_a_folder_is_called_by_its_number(server: Server, name: str) -> None:
    image = png(galaxies(1, seed=11)[0])
    status, answer = send(server[0], [("0.png", image), (name, image)])
    assert status == 200
    assert [(found["id"], found["files"]) for found in answer["results"]] == [("0.png", [0]), ("picture 2", [1])]
    assert answer["results"][1]["reason"].startswith("ends in none of")


def test_a_fits_cut_out_is_read_with_its_place(server: Server) -> None:
    port = server[0]
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 16.5, "CRPIX2": 16.5})
    header.update({"CRVAL1": 150.1, "CRVAL2": 2.2, "CD1_1": -7.3e-5, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 7.3e-5})
    flux = np.random.default_rng(0).normal(0.05, 0.05, (3, 32, 32)).astype(np.float32)
    stream = io.BytesIO()
    fits.PrimaryHDU(flux, header).writeto(stream)
    _, answer = send(port, [("m31.fits", stream.getvalue())])
    (found,) = answer["results"]
    assert found["reason"] == ""
    assert [found["ra"], found["dec"]] == pytest.approx([150.1, 2.2])


def test_three_files_of_one_fits_cut_out_are_one_picture(server: Server) -> None:
    port = server[0]
    flux = np.random.default_rng(0).normal(0.05, 0.05, (3, 32, 32)).astype(np.float32)

    def fits_file(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
        stream = io.BytesIO()
        fits.PrimaryHDU(values).writeto(stream)
        return stream.getvalue()

    bands = [(f"m31-{band}.fits", fits_file(plane)) for band, plane in zip("zgr", flux[[2, 0, 1]], strict=True)]
    _, answer = send(port, [*bands, ("cube.fits", fits_file(flux))])
    three, cube = answer["results"]
    assert (three["id"], three["files"], cube["files"]) == ("m31.fits", [1, 2, 0], [3])
    assert three["probabilities"] == cube["probabilities"]
    _, answer = send(port, bands[:2])
    assert [found["files"] for found in answer["results"]] == [[0], [1]]
    assert all("a single band" in found["reason"] for found in answer["results"])
    _, answer = send(port, [bands[0], *bands])
    assert len(answer["results"]) == 4


def test_no_file_of_the_machine_can_be_reached(server: Server, tmp_path: Path) -> None:
    port = server[0]
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(galaxies(1)[0]))
    for path in ("/etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", f"/predict/{secret}", "/docs"):
        status, content, _ = ask(port, "GET", path)
        assert status == 404, path
        assert b"root:" not in content
    table = f"path\n{secret}\n".encode()
    link = [("../../secret.png", png(galaxies(1)[0])), ("table.csv", table), ("x.h5", b"\x89HDF"), ("a.zip", b"PK")]
    _, answer = send(port, link)
    first, *others = answer["results"]
    assert (first["id"], first["reason"]) == ("secret.png", "")
    assert all(found["reason"].startswith("ends in none of .jpg") for found in others)
    columns = fits.BinTableHDU.from_columns([fits.Column("path", f"{len(str(secret))}A", array=[str(secret)])])
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), columns]).writeto(stream)
    _, answer = send(port, [("table.fits", stream.getvalue())])
    assert answer["results"][0]["reason"]


def test_other_sites_are_not_answered(server: Server) -> None:
    port = server[0]
    good = [("a.png", png(galaxies(1)[0]))]
    assert ask(port, "GET", "/", headers={"Host": "rebound.example"})[0] == 400
    assert ask(port, "GET", "/", headers={"Host": f"localhost:{port}"})[0] == 200
    assert send(port, good, headers={"Origin": "https://other.example"})[0] == 403
    assert send(port, good, headers={"Origin": f"http://127.0.0.1:{port}"})[0] == 200
    headers = ask(port, "GET", "/")[2]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_unusable_pictures_are_a_reason(server: Server) -> None:
    port = server[0]
    small = png(galaxies(1, size=8)[0])
    _, answer = send(port, [("text.png", b"text"), ("small.png", small), ("empty.jpg", b"")])
    reasons = [found["reason"] for found in answer["results"]]
    assert reasons[0] == "not a JPEG, PNG or TIFF picture"
    assert "8 pixels on a side" in reasons[1]
    assert reasons[2] == "an empty file"
