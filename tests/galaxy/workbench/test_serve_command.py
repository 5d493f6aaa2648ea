import socket
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.predict.options import Options
from galaxy.workbench.serve_command import serve


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"^port {port} cannot be used \(.*\); give another with --port$"):
            serve("custom", models=tmp_path, port=port, options=Options(), say=print)
