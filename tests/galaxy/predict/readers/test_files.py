from pathlib import Path

from tests.galaxy.predict.readers.inputs import IMAGES, assert_images, read
from tests.galaxy.predict.rows import write_pictures


def test_folders_are_searched_and_sorted(tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "all" / "deep" / "er").mkdir(parents=True)
    paths[4].rename(tmp_path / "all" / "deep" / "er" / "4.PNG")
    for name in ("notes.txt", ".hidden.png", "data.h5"):
        (tmp_path / "all" / name).write_text("no picture")
    pictures = read(tmp_path / "all")
    assert_images(pictures)
    assert [picture.id for picture in pictures] == ["000.png", "001.png", "002.png", "003.png", "deep/er/4.PNG"]
