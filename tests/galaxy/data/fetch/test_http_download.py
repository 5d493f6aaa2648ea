"""The downloader against a real server that misbehaves, and under SIGKILL."""

import hashlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from requests.adapters import HTTPAdapter

from galaxy.data.fetch.http_download import download
from galaxy.data.fetch.http_session import USER_AGENT, open_session, patient
from galaxy.errors import InputError


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between requests, which take no time."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


def _fetch(servers: list[Any], target: Path, **options: Any) -> None:
    content = servers[0].content
    settings: dict[str, Any] = {
        "size": len(content),
        "sha256": _sha256(content),
        "retry": patient(backoff=0),
        "read_seconds": 5.0,
    } | options
    download([server.url for server in servers], target, **settings)
    assert target.read_bytes() == content
    assert not list(target.parent.glob("*.part*"))


def _part(target: Path, content: bytes) -> None:
    target.with_name(f"{target.name}.part").write_bytes(content)


def test_says_who_it_is_and_asks_for_plain_bytes(file_servers: list[Any], tmp_path: Path) -> None:
    _fetch(file_servers[:1], tmp_path / "g.h5")
    (request,) = file_servers[0].requests
    assert request["User-Agent"] == USER_AGENT == "galaxy-morphology-benchmark"
    assert request["Accept-Encoding"] == "identity"
    assert "Range" not in request


def test_resumes_after_a_broken_connection_and_fetches_no_byte_twice(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.faults = [("break", 50_000), ("break", 70_001), ("break", 0)]
    _fetch([server], tmp_path / "g.h5")
    assert server.served == [(0, 50_000), (50_000, 120_001), (120_001, 120_001), (120_001, 200_000)]


def test_a_stalled_connection_is_given_up_and_taken_up_again(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.faults = [("stall", 40_960)]
    _fetch([server], tmp_path / "g.h5", read_seconds=0.3)
    assert server.requests[1]["Range"] == "bytes=40960-"


def test_goes_on_from_an_earlier_run(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    _part(tmp_path / "g.h5", server.content[:123_456])
    _fetch([server], tmp_path / "g.h5")
    assert server.served == [(123_456, 200_000)]


def test_a_complete_part_is_not_asked_for_again(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    _part(tmp_path / "g.h5", server.content)
    _fetch([server], tmp_path / "g.h5")
    assert server.requests == []


def test_restarts_where_the_server_ignores_ranges(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.ranges = False
    server.faults = [("break", 50_000)]
    _fetch([server], tmp_path / "g.h5")
    assert server.served == [(0, 50_000), (0, 200_000)]


def test_a_part_of_another_version_is_found_by_the_hash_and_fetched_anew(
    file_servers: list[Any], tmp_path: Path
) -> None:
    server = file_servers[0]
    _part(tmp_path / "g.h5", b"z" * 100_000)
    _fetch([server], tmp_path / "g.h5")
    assert server.served == [(100_000, 200_000), (0, 200_000)]


def test_too_long_a_part_starts_over(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    _part(tmp_path / "g.h5", server.content + b"more")
    _fetch([server], tmp_path / "g.h5")
    assert server.served == [(0, 200_000)]


def test_416_starts_over(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    _part(tmp_path / "g.h5", b"z" * 100_000)
    server.faults = [("status", 416)]
    _fetch([server], tmp_path / "g.h5")
    assert server.served == [(0, 200_000)]


def test_waits_as_long_as_the_server_asks(file_servers: list[Any], tmp_path: Path, waits: list[float]) -> None:
    server = file_servers[0]
    server.faults = [("retry after", 7), ("retry date", 0), ("status", 503)]
    _fetch([server], tmp_path / "g.h5", retry=patient(backoff=1))
    assert waits == [7, 2.0, 4.0]


def test_waits_grow_and_end(file_servers: list[Any], tmp_path: Path, waits: list[float]) -> None:
    server = file_servers[0]
    server.faults = [("status", 500)] * 99
    with pytest.raises(
        InputError,
        match=r"answers 500.*; nothing has arrived: correct the address .*, and run the same command again$",
    ):
        _fetch([server], tmp_path / "g.h5", retry=patient(attempts=6, backoff=20))
    assert waits == [40.0, 80.0, 120.0, 120.0]
    assert len(server.requests) == 6
    assert not (tmp_path / "g.h5").exists()


def test_connections_that_bring_nothing_end(file_servers: list[Any], tmp_path: Path, waits: list[float]) -> None:
    server = file_servers[0]
    server.faults = [("break", 0)] * 99
    with pytest.raises(InputError, match=r"IncompleteRead\(0 bytes read, 200000 more expected\)"):
        _fetch([server], tmp_path / "g.h5", retry=patient(attempts=4, backoff=1))
    assert waits == [2.0, 4.0]
    assert len(server.requests) == 4


def test_too_long_a_wait_is_left_to_the_person(file_servers: list[Any], tmp_path: Path) -> None:
    file_servers[0].faults = [("retry after", 86_400)]
    with pytest.raises(InputError, match="asks to wait 86400 s"):
        _fetch(file_servers[:1], tmp_path / "g.h5")


def test_a_retry_after_that_means_nothing_is_ignored(file_servers: list[Any], tmp_path: Path) -> None:
    file_servers[0].faults = [("retry after", "soon"), ("retry after", "9" * 5000)]
    _fetch(file_servers[:1], tmp_path / "g.h5")


@pytest.mark.parametrize("fault", [("status", 404), "compress", "wrong length", ("redirect", "ftp://127.0.0.1/x")])
def test_the_mirror_takes_over(file_servers: list[Any], tmp_path: Path, fault: object) -> None:
    first, mirror = file_servers
    first.faults = [fault] * 9
    _fetch([first, mirror], tmp_path / "g.h5")
    assert mirror.served == [(0, 200_000)]
    assert len(first.requests) == 1


def test_the_mirror_continues_what_the_first_began(file_servers: list[Any], tmp_path: Path) -> None:
    first, mirror = file_servers
    first.faults = [("break", 150_000), *[("status", 503)] * 9]
    _fetch([first, mirror], tmp_path / "g.h5")
    assert mirror.served == [(150_000, 200_000)]


def test_a_mirror_without_ranges_does_not_cost_what_is_there(file_servers: list[Any], tmp_path: Path) -> None:
    first, mirror = file_servers
    mirror.ranges = False
    first.faults = [("break", 150_000), ("status", 503)]
    _fetch([first, mirror], tmp_path / "g.h5")
    assert first.served == [(0, 150_000), (150_000, 200_000)]


def test_https_never_falls_back_to_http(file_servers: list[Any]) -> None:
    server = file_servers[0]
    asked: list[str | None] = []

    class Secure(HTTPAdapter):
        """Serves https addresses by http."""

        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            asked.append(request.url)
            plain = request.copy()
            plain.url = str(request.url).replace("https://", "http://")
            response = super().send(plain, *args, **options)
            response.url, response.request = str(request.url), request
            return response

    server.faults = [("redirect", server.url)]
    address = server.url.replace("http://", "https://")
    with open_session(address, patient()) as session:
        session.mount("https://", Secure())
        with pytest.raises(requests.exceptions.InvalidSchema, match=f"for '{server.url}'"):
            session.get(address)
    assert len(asked) == 1


def test_endless_redirects_end(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.faults = [("redirect", "/round")] * 99
    with pytest.raises(InputError, match="Exceeded 5 redirects"):
        _fetch([server], tmp_path / "g.h5")


@pytest.mark.parametrize("fault", ["wrong range", "too much"])
def test_bytes_that_do_not_fit_are_refused(file_servers: list[Any], tmp_path: Path, fault: str) -> None:
    first, mirror = file_servers
    first.faults = [("break", 1000), *[fault] * 9]
    _fetch([first, mirror], tmp_path / "g.h5")
    assert len(first.requests) == 2


def test_wrong_bytes_are_fetched_anew_and_never_kept(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.faults = ["corrupt"]
    _fetch([server], tmp_path / "g.h5")
    server.faults = ["corrupt", "corrupt"]
    (tmp_path / "g.h5").unlink()
    with pytest.raises(InputError, match="fetched twice, at last with SHA-256"):
        _fetch([server], tmp_path / "g.h5")
    assert [path.name for path in tmp_path.iterdir()] == [".g.h5.lock"]


def test_a_file_that_changes_on_the_way(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    wanted = server.content
    server.faults = [("break", 90_000), "change"]
    with pytest.raises(InputError, match="SHA-256"):
        _fetch([server], tmp_path / "g.h5", sha256=_sha256(wanted))
    assert not (tmp_path / "g.h5").exists()


def test_a_wrong_file_at_the_final_path_is_replaced(file_servers: list[Any], tmp_path: Path) -> None:
    (tmp_path / "g.h5").write_bytes(b"wrong")
    _fetch(file_servers[:1], tmp_path / "g.h5")


def test_nobody_answers(tmp_path: Path, waits: list[float]) -> None:
    target = tmp_path / "g.h5"
    for size in (None, 5):
        with pytest.raises(InputError, match=r"Connection refused\); nothing has arrived: .* again$") as caught:
            download(["http://127.0.0.1:9/g.h5"], target, size=size, sha256="0" * 64)
        assert "\n" not in str(caught.value)
    assert waits == []  # without a network a person is not kept waiting


def test_a_network_that_is_gone_for_a_while_is_waited_for_once_bytes_have_arrived(
    tmp_path: Path, waits: list[float]
) -> None:
    _part(tmp_path / "g.h5", b"12")
    kept = r"what has arrived is kept in .*g\.h5\.part: run the same command to go on$"
    with pytest.raises(InputError, match=kept):
        download(["http://127.0.0.1:9/g.h5"], tmp_path / "g.h5", size=5, sha256="0" * 64, retry=patient(backoff=1))
    assert waits == [2.0, 4.0, 8.0, 16.0]


def test_a_server_that_cannot_encrypt_is_named_with_the_reason(file_servers: list[Any], tmp_path: Path) -> None:
    address = file_servers[0].url.replace("http://", "https://")
    with pytest.raises(InputError, match=rf"{address}: .*SSL"):
        download([address], tmp_path / "g.h5", size=5, sha256="0" * 64, retry=patient(backoff=0))


def test_room_is_asked_for_first(file_servers: list[Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MB are needed"):
        _fetch(file_servers[:1], tmp_path / "g.h5", size=10**18)
    assert file_servers[0].requests == []


def test_only_one_at_a_time(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.pause = 0.02
    first = threading.Thread(target=_fetch, args=([server], tmp_path / "g.h5"))
    first.start()
    while not server.requests:
        time.sleep(0.01)
    with pytest.raises(InputError, match="another process"):
        _fetch([server], tmp_path / "g.h5")
    first.join()


_CHILD = """
import sys
from pathlib import Path
from galaxy.data.fetch.http_download import download
from galaxy.data.fetch.http_session import patient
from galaxy.errors import InputError
url, mirror, target, size, sha256 = sys.argv[1:]
print("ready", flush=True)
try:
    retry = patient(attempts=20, backoff=0)
    download([url, mirror], Path(target), size=int(size), sha256=sha256, retry=retry)
except InputError as error:
    sys.exit(f"error: {error}")
"""


def _child(servers: list[Any], target: Path) -> "subprocess.Popen[str]":
    content = servers[0].content
    arguments = [servers[0].url, servers[1].url, str(target), str(len(content)), _sha256(content)]
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _kill_until_done(servers: list[Any], target: Path, chance: np.random.Generator, *, kills: int) -> None:
    """Kill the downloader `kills` times at random moments, then let it finish."""
    server = servers[0]
    content = server.content
    part = target.with_name(f"{target.name}.part")
    for _ in range(kills):
        before = part.stat().st_size if part.exists() else 0
        with _child(servers, target) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.08))
            child.send_signal(signal.SIGKILL)
        if target.exists():
            assert target.read_bytes() == content
            target.unlink()
        elif part.exists():
            kept = part.read_bytes()
            assert kept == content[: len(kept)]
            assert len(kept) >= before or not server.ranges
    before = part.stat().st_size if part.exists() else 0
    asked = len(server.requests)
    with _child(servers, target) as child:
        _, message = child.communicate(timeout=60)
    assert child.returncode == 0, message
    assert target.read_bytes() == content
    if server.ranges:
        # The handlers of killed clients may still be running, but they have logged their requests long ago.
        first = [request.get("Range", "bytes=0-") for request in server.requests[asked:]]
        assert all(int(text[len("bytes=") : -1]) >= before for text in first)


def test_a_stopped_download_says_how_to_go_on(
    file_servers: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = file_servers[0]

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", stop)
    server.faults = [("break", 100_000), ("break", 0), ("break", 0)]
    with pytest.raises(KeyboardInterrupt, match=r"0 of 0 MB are kept in .*g\.h5\.part: run the same command to go on"):
        _fetch([server], tmp_path / "g.h5", retry=patient(backoff=1))
    assert (tmp_path / "g.h5.part").stat().st_size == 100_000


def test_killed_a_few_times(file_servers: list[Any], tmp_path: Path) -> None:
    file_servers[0].pause = 0.003
    _kill_until_done(file_servers, tmp_path / "g.h5", np.random.default_rng(0), kills=3)


@pytest.mark.fault
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_moments_by_a_bad_server(file_servers: list[Any], tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    file_servers[0].pause = 0.003
    file_servers[0].ranges = seed % 5 != 4
    kinds: list[object] = [("status", 503), ("status", 500), ("retry after", 0), "hang up", "no length", None, None]
    for _ in range(20):
        kind = int(chance.integers(len(kinds) + 1))
        broken = ("break", int(chance.integers(100_000)))
        file_servers[0].faults.append(broken if kind == len(kinds) else kinds[kind])
    _kill_until_done(file_servers, tmp_path / "g.h5", chance, kills=10)
