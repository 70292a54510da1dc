"""Mail and webhook against servers that lie, hang, redirect or drip: nothing secret goes out, and the job goes on."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import ValidationError

from barrier.schedule import channels
from barrier.schedule.channels import DeliveryError, Folder, Mail, Message, Webhook
from barrier.schedule.sending import signature

pytestmark = pytest.mark.slow

MESSAGE = Message("m-1", "Barrier 2026-09-01: 1 new finding", "Look here.\n", "2026-09-02T04:00:00+00:00")
PASSWORD = "hunter2-of-the-office"
EXPIRED = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BARRIER_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("BARRIER_WEBHOOK_SECRET", "shared")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def _server_side(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _certificate(authority: trustme.CA, kind: str) -> trustme.LeafCert:
    if kind == "wrong host":
        return authority.issue_cert("mail.example.org")
    if kind == "self-made":
        return trustme.CA().issue_cert("localhost")
    return authority.issue_cert("localhost", not_after=EXPIRED if kind == "expired" else None)


class _Desk:
    """A mail server that keeps what it is given, passwords too."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.passwords: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.mails.append(envelope)
        return "250 OK"

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.passwords.append(bytes(data.password))
        return AuthResult(success=True)


@contextlib.contextmanager
def _mail_server(tls: ssl.SSLContext | None) -> Iterator[tuple[_Desk, int]]:
    desk = _Desk()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given: dict[str, Any] = {"tls_context": tls, "authenticator": desk.check, "auth_require_tls": False}
    controller = Controller(desk, hostname="127.0.0.1", port=port, **given)
    controller.start()
    try:
        yield desk, port
    finally:
        controller.stop()


def _mail(at: int, ca_file: Path | None, **more: Any) -> Mail:
    given = {"host": "localhost", "port": at, "sender": "barrier@example.org", "to": ["desk@example.org"]}
    return Mail.model_validate({"kind": "smtp", "ca_file": ca_file, "user": "barrier", **given, **more})


def test_a_mail_goes_over_tls_to_a_server_whose_certificate_is_right(authority: trustme.CA, ca_file: Path) -> None:
    with _mail_server(_server_side(_certificate(authority, "right"))) as (desk, port):
        _mail(port, ca_file).send(MESSAGE)

    assert desk.passwords == [PASSWORD.encode()]
    assert b"Subject: Barrier 2026-09-01: 1 new finding" in desk.mails[0].content


@pytest.mark.parametrize("kind", ["wrong host", "self-made", "expired"])
def test_a_server_with_another_certificate_never_gets_the_password(
    authority: trustme.CA, ca_file: Path, kind: str
) -> None:
    with (
        _mail_server(_server_side(_certificate(authority, kind))) as (desk, port),
        pytest.raises(DeliveryError, match="localhost: certificate refused: ") as error,
    ):
        _mail(port, ca_file).send(MESSAGE)

    assert (desk.passwords, desk.mails) == ([], [])
    assert PASSWORD not in str(error.value)


def test_a_server_that_offers_no_tls_gets_neither_password_nor_mail(ca_file: Path) -> None:
    with _mail_server(None) as (desk, port), pytest.raises(DeliveryError, match="SMTPNotSupportedError"):
        _mail(port, ca_file).send(MESSAGE)

    assert (desk.passwords, desk.mails) == ([], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"encryption": "none", "host": "mail.example.org", "user": ""},
        {"encryption": "none", "host": "localhost"},
        {"sender": "a@example.org\nBcc: x@example.com"},
        {"to": ["a@example.org, x@example.com"]},
        {"to": ["a@example.org\r\nRCPT TO:<x@example.com>"]},
        {"host": "mail.example.org\n"},
        {"port": 0},
    ],
    ids=["plain to elsewhere", "password in plain", "header", "two in one", "command", "host", "port"],
)
def test_a_mail_channel_that_could_leak_is_refused_when_it_is_read(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _mail(25, None, **wrong)


def test_a_subject_cannot_add_a_header(authority: trustme.CA, ca_file: Path) -> None:
    odd = Message("m-1", "Barrier\r\nBcc: x@example.com\r\n\r\nbody", "text\n", "")
    with _mail_server(_server_side(_certificate(authority, "right"))) as (desk, port):
        _mail(port, ca_file).send(odd)

    assert desk.mails[0].rcpt_tos == ["desk@example.org"]
    assert b"\r\nBcc:" not in desk.mails[0].content


Answer = Callable[[socket.socket], None]


def _request(talking: socket.socket) -> bytes:
    """Return a request with all of its body."""
    got = b""
    while more := talking.recv(65536):
        got += more
        head, end, body = got.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        wanted = [int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length:")]
        if end and len(body) >= sum(wanted):
            break
    return got


@contextlib.contextmanager
def _raw_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of a server that reads a request and answers as it is told, and what it was sent."""
    listening, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()
    got: list[bytes] = []

    def serve() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                plain, _ = listening.accept()
                with plain, tls.wrap_socket(plain, server_side=True) if tls else plain as talking:
                    got.append(_request(talking))
                    answer(talking)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{listening.getsockname()[1]}", got
    finally:
        ended.set()
        listening.close()


def _says(text: str) -> Answer:
    return lambda talking: talking.sendall(text.encode())


def _drips(text: bytes) -> Answer:
    def drip(talking: socket.socket) -> None:
        for byte in text * 1000:
            talking.sendall(bytes([byte]))
            time.sleep(0.05)

    return drip


def _endless(talking: socket.socket) -> None:
    talking.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        talking.sendall(b"x" * 65536)


def _hook(url: str, ca_file: Path | None = None, path: str = "/in") -> Webhook:
    return Webhook.model_validate({"kind": "webhook", "url": f"{url}{path}", "ca_file": ca_file})


def test_a_webhook_goes_over_tls_to_a_server_whose_certificate_is_right(authority: trustme.CA, ca_file: Path) -> None:
    tls = _server_side(_certificate(authority, "right"))
    with _raw_server(_says("HTTP/1.1 204 No Content\r\n\r\n"), tls) as (url, got):
        _hook(url, ca_file, "/in?case=1").send(MESSAGE)

    assert got[0].startswith(b"POST /in?case=1 HTTP/1.1\r\n")


@pytest.mark.parametrize("kind", ["wrong host", "self-made", "expired"])
def test_a_webhook_with_another_certificate_gets_nothing(authority: trustme.CA, ca_file: Path, kind: str) -> None:
    tls = _server_side(_certificate(authority, kind))
    with (
        _raw_server(_says("HTTP/1.1 204 No Content\r\n\r\n"), tls) as (url, got),
        pytest.raises(DeliveryError, match="certificate refused"),
    ):
        _hook(url, ca_file).send(MESSAGE)

    assert got == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 404, 500])
def test_only_a_yes_counts_and_no_redirect_is_followed(status: int) -> None:
    with _raw_server(_says("HTTP/1.1 200 OK\r\n\r\n")) as (elsewhere, stolen):
        moved = f"HTTP/1.1 {status} X\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        with _raw_server(_says(moved)) as (url, _), pytest.raises(DeliveryError, match=f"answered {status}"):
            _hook(url).send(MESSAGE)

    assert stolen == []


def test_a_proxy_in_the_environment_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        _raw_server(_says("HTTP/1.1 200 OK\r\n\r\n")) as (proxy, stolen),
        _raw_server(_says("HTTP/1.1 204 No Content\r\n\r\n")) as (url, got),
    ):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        _hook(url).send(MESSAGE)

    assert (len(got), stolen) == (1, [])


def test_of_an_answer_without_end_only_the_beginning_is_read() -> None:
    with _raw_server(_endless) as (url, got):
        _hook(url).send(MESSAGE)

    assert len(got) == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "answer",
    [
        _drips(b"HTTP/1.1 200 OK\r\nX: y\r\n"),
        _drips(b"H"),
        lambda talking: (talking.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), _drips(b"x")(talking))[0],
        lambda talking: time.sleep(20),
    ],
    ids=["headers", "first line", "body", "nothing"],
)
def test_a_server_that_drips_is_given_up_in_time(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "WAIT_S", 2.0)
    with _raw_server(answer) as (url, _), pytest.raises(DeliveryError, match="not done in 2 seconds"):
        _hook(url).send(MESSAGE)


@pytest.mark.timeout(60)
def test_a_mail_server_that_drips_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "WAIT_S", 2.0)
    greeting = _drips(b"220-x\r\n")
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as talking:
            greeting(talking)

    threading.Thread(target=serve, daemon=True).start()
    with contextlib.closing(listening), pytest.raises(DeliveryError, match="not done in 2 seconds"):
        _mail(listening.getsockname()[1], None).send(MESSAGE)


def test_what_a_server_says_is_never_repeated() -> None:
    said = "HTTP/1.1 500 \x1b]8;;http://x\x07very secret reason\r\n\r\nvery secret body"
    with _raw_server(_says(said)) as (url, _), pytest.raises(DeliveryError) as error:
        _hook(url).send(MESSAGE)

    assert str(error.value) == "localhost: answered 500"


@pytest.mark.parametrize(
    "url",
    ["http://cases.example.org/in", "https://user:word@cases.example.org/in", "https:///in", "ftp://localhost/in",
     "http://localhost.example.org/in", "http://127.0.0.1@example.org/in", "https://example.org/a\nb",
     "https://example.org/a b", "https://exämple.org/in", "https://example.org:99999/in", "https://example.org/#x"],
)  # fmt: skip
def test_an_address_that_is_not_plainly_https_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Webhook.model_validate({"kind": "webhook", "url": url})


def _receiver() -> Any:
    spec = importlib.util.spec_from_file_location("webhook_receiver", Path("deploy") / "webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.received


def _arrived(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in lines}, body


def test_the_receiver_of_the_guide_takes_a_message_once_and_only_fresh_and_signed(ca_file: Path) -> None:
    with _raw_server(_says("HTTP/1.1 204 No Content\r\n\r\n")) as (url, got):
        hook = _hook(url)
        hook.send(MESSAGE)
        hook.send(MESSAGE)
    (headers, body), (_, later) = map(_arrived, got)
    received, now, known = _receiver(), datetime.now(UTC), set[str]()
    given = {"key": "shared", "known": known}

    assert received(headers, body, now=now, **given)["text"] == "Look here.\n"
    assert received(headers, body, now=now, **given) is None
    assert json.loads(body)["id"] == json.loads(later)["id"]
    with pytest.raises(PermissionError, match="time"):
        received(headers, body, now=now + timedelta(minutes=6), **given)
    with pytest.raises(PermissionError, match="signature"):
        received(headers, body.replace(b"Look", b"Pay "), now=now, **given)
    with pytest.raises(PermissionError, match="signature"):
        received({**headers, "x-barrier-timestamp": now.isoformat()}, body, now=now, **given)


def test_the_time_of_sending_is_in_what_is_signed() -> None:
    with _raw_server(_says("HTTP/1.1 204 No Content\r\n\r\n")) as (url, got):
        _hook(url).send(MESSAGE)
    headers, body = _arrived(got[0])

    sent = json.loads(body)["sent"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(sent)) < timedelta(minutes=1)
    assert headers["x-barrier-timestamp"] == sent
    assert headers["x-barrier-signature"] == f"sha256={signature('shared', sent, body)}"


def test_an_alert_folder_that_is_a_link_gets_no_message(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    with pytest.raises(DeliveryError, match="is a link"):
        Folder(kind="folder", path=tmp_path / "link").send(MESSAGE)
    assert list((tmp_path / "real").iterdir()) == []


def test_an_alert_folder_that_no_folder_can_be_called_keeps_the_message() -> None:
    with pytest.raises(DeliveryError, match="cannot be written"):
        Folder(kind="folder", path=Path("a\0b")).send(MESSAGE)


def test_a_link_that_waits_under_the_name_of_a_message_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "victim.txt").write_text("of somebody else")
    (tmp_path / "m-1.txt").symlink_to("victim.txt")

    Folder(kind="folder", path=tmp_path).send(MESSAGE)

    assert (tmp_path / "victim.txt").read_text() == "of somebody else"
    assert (tmp_path / "m-1.txt").read_text().startswith("Barrier 2026-09-01")
