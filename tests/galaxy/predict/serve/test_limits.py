import http.client
import socket

from galaxy.predict.serve.limits import FILES
from tests.galaxy.predict.rows import galaxies
from tests.galaxy.predict.serve.server import Server, png, send


def test_too_much_is_refused(server: Server) -> None:
    port = server[0]
    status, answer = send(port, [(f"{number}.png", b"") for number in range(FILES + 1)])
    assert (status, answer["detail"]) == (413, f"{FILES + 1} pictures were sent; at most {FILES} can be sent at once")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", "/predict")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:  # in chunks, without a length
        head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n"
        raw.sendall(f"{head}Content-Type: multipart/form-data; boundary=mark\r\n\r\n".encode())
        start = b'--mark\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        raw.sendall(f"{len(start):x}\r\n".encode() + start + b"\r\n")
        piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
        answer_line = b""
        try:
            for _ in range(80):
                raw.sendall(piece)
        except OSError:
            pass  # the server has hung up, having answered
        else:
            answer_line = raw.recv(64)
        assert answer_line[:12] in (b"", b"HTTP/1.1 413")
    assert send(port, [("a.png", png(galaxies(1)[0]))])[0] == 200
