"""Alerts: each thing told once to whom it concerns, without content; nothing lost when a channel fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiosmtpd.controller import Controller

from barrier import resources
from barrier.errors import DamagedError, InputError
from barrier.history.folder import seal_results
from barrier.schedule import channels
from barrier.schedule.alerts import Alerts, read_alerts, send_alerts
from barrier.schedule.channels import DeliveryError, Message
from barrier.schedule.jobs import Job, Schedule, run_job
from barrier.schedule.outbox import Outbox
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

TODAY = date(2026, 9, 2)
START = datetime(2026, 9, 2, 4, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def results(demo: Results, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo.path, tmp_path / "out"))


def _alerts(results: Path, **more: Any) -> Alerts:
    channel = {"kind": "folder", "path": str(results.with_name("alerts"))}
    recipient = {"name": "director", "results": str(results), "channel": channel, **more}
    return Alerts.model_validate({"format": 1, "recipients": [recipient]})


def _messages(results: Path) -> list[str]:
    return [f.read_text(encoding="utf-8") for f in sorted(results.with_name("alerts").glob("*.txt"))]


def _add(results: Path, *lines: dict[str, Any]) -> None:
    with (results / "findings.jsonl").open("a") as file:
        file.writelines(json.dumps(x) + "\n" for x in lines)
    seal_results(results)


def _finding(name: str) -> dict[str, Any]:
    return {"id": f"overcrowded:{name}", "barrier": "housing", "strength": "strong"}


def test_a_digest_has_counts_and_where_to_look_and_no_content(results: Path, tmp_path: Path) -> None:
    done = send_alerts(_alerts(results), Outbox(tmp_path / "box.sqlite"), today=TODAY)
    (text,) = _messages(results)
    findings = [json.loads(x) for x in (results / "findings.jsonl").read_text().splitlines()]
    strong = sum(f["strength"] == "strong" for f in findings)

    assert (done.written, done.sent, done.waiting) == (1, 1, 0)
    others = sum(f["strength"] != "strong" and f["subject"]["label"] != "Coverage" for f in findings)
    assert text.startswith(f"Barrier 2026-09-01: {strong} strong, {others} other new findings\n")
    assert f"{strong} new findings, strong, by barrier:" in text
    assert f"And {others} other new findings of other strengths." in text
    assert "- housing: " in text
    assert "the report in out" in text
    assert [f["subject"]["id"] for f in findings if f["subject"]["id"] in text] == []


def test_each_finding_is_told_once_and_a_new_one_in_the_next_digest(results: Path, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box.sqlite")
    send_alerts(_alerts(results), box, today=TODAY)
    again = send_alerts(_alerts(results), box, today=TODAY)
    _add(results, _finding("a-new"))
    then = send_alerts(_alerts(results), box, today=TODAY)

    assert (again.written, then.written) == (0, 1)
    assert "Barrier 2026-09-01: 1 new finding\n" in "".join(_messages(results))


def test_findings_of_a_strength_that_nobody_asks_for_are_counted_once_and_said_where_no_message_goes(
    results: Path, tmp_path: Path
) -> None:
    box = Outbox(tmp_path / "box.sqlite")
    (results / "findings.jsonl").write_text("")
    _add(results, *({**_finding(f"m{i}"), "strength": "medium"} for i in range(2)))
    quiet = send_alerts(_alerts(results), box, today=TODAY)
    _add(results, _finding("a-new"))
    then = send_alerts(_alerts(results), box, today=TODAY)
    after = send_alerts(_alerts(results), box, today=TODAY)

    assert [(d.written, d.others) for d in (quiet, then, after)] == [(0, 2), (1, 0), (0, 0)]
    assert "Barrier 2026-09-01: 1 strong, 2 other new findings\n" in "".join(_messages(results))


def test_the_command_says_what_no_message_tells(results: Path, tmp_path: Path) -> None:
    (results / "findings.jsonl").write_text("")
    _add(results, {**_finding("m"), "strength": "medium"})
    told = tmp_path / "who.yaml"
    told.write_text(json.dumps(_alerts(results).model_dump(mode="json")))

    done = run("alerts", "send", str(told), "--outbox", str(tmp_path / "box.sqlite"))

    assert "0 messages written" in done.stdout
    assert "1 finding of another strength is told in no message so far (strengths in who.yaml)" in done.stdout


def test_what_is_new_only_because_a_rule_or_a_number_changed_is_not_told(results: Path, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box.sqlite")
    send_alerts(_alerts(results), box, today=TODAY)
    _add(results, *(_finding(f"a{i}") for i in range(30)))
    lines = [{"change": "new", "reason": "renumbered", "finding": f"overcrowded:a{i}"} for i in range(30)]
    (results / "changes.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    seal_results(results)
    done = send_alerts(_alerts(results), box, today=TODAY)
    (results / "changes.jsonl").unlink()
    with pytest.raises(DamagedError, match=r"changes\.jsonl"):
        send_alerts(_alerts(results), box, today=TODAY)
    seal_results(results)

    assert done.written == 0
    assert send_alerts(_alerts(results), box, today=TODAY).written == 0


def test_findings_that_have_expired_are_not_told(results: Path, tmp_path: Path) -> None:
    late = TODAY + timedelta(days=90)

    assert send_alerts(_alerts(results), Outbox(tmp_path / "box.sqlite"), today=late).written == 0


def test_one_message_each_stops_at_the_cap_and_says_how_many_more(results: Path, tmp_path: Path) -> None:
    (results / "findings.jsonl").write_text("")
    _add(results, *(_finding(f"a{i}") for i in range(250)))
    done = send_alerts(_alerts(results, mode="each", cap=10), Outbox(tmp_path / "box.sqlite"), today=TODAY)

    assert done.written == 11
    assert sum("and 240 more." in m for m in _messages(results)) == 1


def test_a_partner_is_told_of_results_made_for_it_only(results: Path, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box.sqlite")
    with pytest.raises(InputError, match="was made for nobody in particular: it shows everything"):
        send_alerts(_alerts(results, partner="police"), box, today=TODAY)
    seen = tmp_path / "police"
    run("scan", "fixtures/demo", "--out", str(seen), "--as", "police", "--at", "2026-09-01")

    assert send_alerts(_alerts(seen, partner="police"), box, today=TODAY).written == 1
    with pytest.raises(InputError, match="was made for police"):
        send_alerts(_alerts(seen), box, today=TODAY)


def test_damaged_results_hold_nobody_elses_messages_up_nor_older_ones(results: Path, tmp_path: Path) -> None:
    good = Path(shutil.copytree(results, tmp_path / "good"))
    box = Outbox(tmp_path / "box.sqlite")
    box.put("director", [("Barrier: 1 new finding", "waits since yesterday")], ["overcrowded:a1"])
    (results / "findings.jsonl").write_text("{}\n")
    first, second = _alerts(results).recipients[0], _alerts(good, name="desk").recipients[0]

    with pytest.raises(DamagedError, match="damaged, or changed by hand") as told:
        send_alerts(Alerts(format=1, recipients=(first, second)), box, today=TODAY)

    assert "2 other messages handed over all the same" in str(told.value)
    assert sum("waits since yesterday" in m for m in _messages(results)) == 1
    assert len(_messages(results)) == 2


def test_feedback_that_waits_too_long_is_told_once(results: Path, demo: Results, tmp_path: Path) -> None:
    store = Path(shutil.copytree(demo.store, tmp_path / "s.barrier"))
    run("case", "open", "ring-lender", "--by", "Jansen", "--store", str(store), "--at", "2026-09-01")
    box, now = Outbox(tmp_path / "box.sqlite"), date.today()
    send_alerts(_alerts(results, store=str(store)), box, today=now)
    done = send_alerts(_alerts(results, store=str(store)), box, today=now + timedelta(days=90))
    again = send_alerts(_alerts(results, store=str(store)), box, today=now + timedelta(days=90))

    assert (done.written, again.written) == (1, 0)
    assert any("waiting longer than agreed" in m for m in _messages(results))
    assert not any("Jansen" in m for m in _messages(results))


def test_what_a_channel_refuses_is_tried_again_with_growing_pauses_and_goes_out_once(
    tmp_path: Path, clock: Clock
) -> None:
    box = Outbox(tmp_path / "box.sqlite", clock)
    box.put("director", [("subject", "text")], ["x"])
    tries: list[datetime] = []

    def refuses(message: Message) -> None:
        tries.append(clock.now)
        raise DeliveryError("refused")

    for _ in range(24 * 60):
        box.deliver({"director": refuses})
        clock.now += timedelta(minutes=1)
    pauses = [(b - a) / timedelta(minutes=1) for a, b in pairwise(tries)]
    assert pauses[:6] == [1, 2, 4, 8, 16, 32]
    assert max(pauses) == 360
    assert [r["problem"] for r in box.waiting()] == ["refused"]

    clock.now += timedelta(hours=6)
    got: list[Message] = []
    assert box.deliver({"director": got.append}) == (1, 0)
    assert box.deliver({"director": got.append}) == (0, 0)
    assert [m.text for m in got] == ["text"]


def test_a_clock_that_was_set_back_does_not_hold_a_message_up(tmp_path: Path, clock: Clock) -> None:
    clock.now = START + timedelta(days=400)
    box = Outbox(tmp_path / "box.sqlite", clock)
    box.put("director", [("subject", "text")], ["x"])
    clock.now = START
    got: list[Message] = []

    assert box.deliver({"director": got.append}) == (1, 0)


def test_the_outbox_holds_no_id_of_a_subject(results: Path, tmp_path: Path) -> None:
    send_alerts(_alerts(results), Outbox(tmp_path / "box.sqlite"), today=TODAY)

    assert b"ring-" not in (tmp_path / "box.sqlite").read_bytes()


class _Mails:
    def __init__(self) -> None:
        self.answer = "250 OK"
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.got.append(envelope)
        return self.answer


@pytest.fixture
def mails() -> Iterator[tuple[_Mails, int]]:
    handler = _Mails()
    controller = Controller(handler, hostname="127.0.0.1", port=18625)
    controller.start()
    try:
        yield handler, 18625
    finally:
        controller.stop()


def _mail(port: int) -> dict[str, Any]:
    where = {"host": "127.0.0.1", "port": port, "encryption": "none"}
    return {"kind": "smtp", "sender": "barrier@example.org", "to": ["desk@example.org"], **where}


def test_a_mail_goes_to_the_desk_and_a_server_that_refuses_keeps_it_waiting(
    mails: tuple[_Mails, int], results: Path, tmp_path: Path, clock: Clock
) -> None:
    handler, port = mails
    box = Outbox(tmp_path / "box.sqlite", clock)
    handler.answer = "451 try later"
    refused = send_alerts(_alerts(results, channel=_mail(port)), box, today=TODAY)
    handler.answer = "250 OK"
    clock.now += timedelta(minutes=2)
    done = send_alerts(_alerts(results, channel=_mail(port)), box, today=TODAY)

    assert (refused.sent, refused.waiting) == (0, 1)
    assert (done.sent, done.waiting) == (1, 0)
    assert handler.got[-1].rcpt_tos == ["desk@example.org"]
    assert b"new findings" in handler.got[-1].content
    ids = {e.content.split(b"Message-ID: ")[1].split(b"\r\n")[0] for e in handler.got}
    assert len(ids) == 1


def test_a_server_that_is_not_there_keeps_the_message(results: Path, tmp_path: Path) -> None:
    done = send_alerts(_alerts(results, channel=_mail(1)), Outbox(tmp_path / "box.sqlite"), today=TODAY)

    assert (done.sent, done.waiting) == (0, 1)


class _Hook(BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    hang = threading.Event()

    def do_POST(self) -> None:
        if self.path == "/hangs":
            self.hang.wait(20)
            return
        self.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[str]:
    _Hook.got.clear()
    _Hook.hang.clear()
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    _Hook.hang.set()
    server.shutdown()
    server.server_close()


def test_a_webhook_is_signed_and_the_signature_can_be_checked(
    hook: str, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BARRIER_WEBHOOK_SECRET", "shared")
    channel = {"kind": "webhook", "url": f"{hook}/in"}
    send_alerts(_alerts(results, channel=channel), Outbox(tmp_path / "box.sqlite"), today=TODAY)
    ((given, body),) = _Hook.got
    headers = {k.casefold(): v for k, v in given.items()}

    signed = hmac.new(b"shared", headers["x-barrier-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["x-barrier-signature"] == f"sha256={signed}"
    assert "new findings" in json.loads(body)["subject"]


def test_a_webhook_that_hangs_is_given_up_and_the_message_waits(
    hook: str, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BARRIER_WEBHOOK_SECRET", "shared")
    monkeypatch.setattr(channels, "WAIT_S", 0.5)
    channel = {"kind": "webhook", "url": f"{hook}/hangs"}
    done = send_alerts(_alerts(results, channel=channel), Outbox(tmp_path / "box.sqlite"), today=TODAY)

    assert (done.sent, done.waiting) == (0, 1)


def test_without_the_secret_nothing_goes_out_unsigned(hook: str, results: Path, tmp_path: Path) -> None:
    channel = {"kind": "webhook", "url": f"{hook}/in", "secret_env": "NOT_SET_ANYWHERE"}
    box = Outbox(tmp_path / "box.sqlite")
    send_alerts(_alerts(results, channel=channel), box, today=TODAY)

    assert _Hook.got == []
    assert [r["problem"] for r in box.waiting()] == ["the environment variable NOT_SET_ANYWHERE is not set"]


def test_a_webhook_without_encryption_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "alerts.yaml"
    channel = "{kind: webhook, url: 'http://cases.example.org/in'}"
    file.write_text(f"format: 1\nrecipients:\n- {{name: x, results: out, channel: {channel}}}\n")

    with pytest.raises(InputError, match="expected https"):
        read_alerts(file)


def test_the_shipped_example_is_valid() -> None:
    assert [r.name for r in read_alerts(Path("fixtures/alerts.yaml")).recipients] == ["chain director"]


def test_jobs_and_commands_use_one_outbox_beside_the_recipients(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "who.yaml"
    file.write_text(_alerts(results).model_dump_json(), encoding="utf-8")
    job = Job("nightly", str(resources.fixtures() / "demo"), str(results), "15 3 * * *", alerts=str(file))
    Schedule(tmp_path / "s.sqlite").add(job)
    run_job(str(tmp_path / "s.sqlite"), "nightly", day=TODAY)
    told = _messages(results)
    run("alerts", "send", str(file))

    assert len(told) == 1
    assert _messages(results) == told
    assert run("alerts", "list", str(file)).stdout.count(" to director: ") == 1
    assert run("alerts", "list").exit_code == 2


def test_an_outbox_of_before_is_not_told_once_more(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "who.yaml"
    file.write_text(_alerts(results).model_dump_json(), encoding="utf-8")
    run("alerts", "send", str(file), "--outbox", "alerts.sqlite")
    refused = run("alerts", "send", str(file))
    Path("alerts.sqlite").rename("who.outbox.sqlite")

    assert refused.exit_code == 2
    assert "move it to" in refused.stderr
    assert run("alerts", "send", str(file)).stdout.startswith("0 messages written")
