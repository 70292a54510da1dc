"""The page of a cluster in a real browser: offline, harmless, and usable without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import networkx as nx
import pytest
from playwright.sync_api import Page, sync_playwright

from barrier.model.barriers import load_model
from barrier.networks.clusters import Cluster
from barrier.networks.positions import positions
from barrier.report.layout import layer_pictures
from barrier.report.view import View, network_html
from tests.helpers import Results

pytestmark = pytest.mark.browser
HARM = '<img src=x onerror="document.title=\'run\'">href <script>document.title="run"</script>'


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as engine:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield browser.new_page(viewport={"width": 1400, "height": 900})
        browser.close()


def _cluster(members: int, name: str) -> Cluster:
    graph = nx.MultiDiGraph()
    graph.add_node(name, label="Business", residents=0, subject=True)
    for i in range(members - 1):
        graph.add_node(f"a{i}", label="Address", residents=3, subject=False)
        data = {"people": 0, "start_day": 0, "end_day": 2932896, "source": HARM, "weight": 1.0, "hub": 1}
        graph.add_edge(name, f"a{i}", kind="LETS", barrier="housing", **data)
    record = {"id": "c-test", "people": [3, 9], "choke_points": {"sets": [[name]]}}
    return Cluster(record, graph, positions(graph))


def _open(page: Page, text: str, file: Path) -> tuple[list[str], list[str]]:
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_timeout(300)
    return [a for a in asked if not a.startswith("file:")], problems


def _view(words: dict[str, str]) -> View:
    return View(HARM, date(2026, 9, 1), load_model("five-barriers"), words)


def test_names_that_hold_scripts_are_shown_as_text_and_nothing_is_asked_of_a_network(
    page: Page, tmp_path: Path
) -> None:
    cluster = _cluster(4, HARM)
    asked, problems = _open(page, network_html(cluster, _view({HARM: HARM, "a0": HARM})), tmp_path / "c.html")
    page.click("#members button >> nth=0")

    assert page.title() == "Structure c-test · Barrier"
    assert "<img src=x onerror" in page.inner_text("#details")
    assert page.locator("img").count() == 0
    assert [asked, problems] == [[], []]


def test_a_member_is_found_by_search_and_by_keyboard_and_escape_goes_back(page: Page, demo: Results) -> None:
    file = next((demo.path / "networks").glob("*.html"))
    first = demo.path / "networks" / f"{_first(demo)}.html"
    page.goto(first.as_uri())
    page.fill("#search", "ring-lender")
    page.press("#search", "Enter")

    assert file.is_file()
    assert "9 neighbours are highlighted" in page.inner_text("#status")
    page.keyboard.press("Escape")
    assert page.inner_text("#status") == "All members are shown."
    page.focus("#members button >> nth=0")
    page.keyboard.press("Enter")
    assert "neighbours are highlighted" in page.inner_text("#status")


def test_a_kind_and_a_barrier_can_be_hidden(page: Page, demo: Results) -> None:
    page.goto((demo.path / "networks" / f"{_first(demo)}.html").as_uri())
    page.uncheck("#kinds input >> nth=0")
    page.uncheck("#barriers input >> nth=0")

    assert page.inner_text("#status") == "Barrier Entry hidden"


def test_one_layer_alone_is_shown_beside_the_merged_picture(page: Page, demo: Results) -> None:
    page.goto((demo.path / "networks" / f"{_first(demo)}.html").as_uri())
    names = page.locator("#layers label").all_inner_texts()
    page.check("#layers input >> nth=1")

    assert names[:2] == ["all layers merged (26 links, 1 part)", "letting (3 links, 10 parts)"]
    assert page.inner_text("#status") == "letting: 3 links, 10 parts."
    page.check("#layers input >> nth=0")
    assert page.inner_text("#status") == "all layers merged: 26 links, 1 part."


def test_the_report_draws_each_layer_small_and_says_when_only_all_together_hold_the_members(demo: Results) -> None:
    card = demo.report.split(f'id="{_first(demo)}"')[1].split('class="card')[0]

    assert card.count("<figure>") == 9
    assert "all layers merged<br><small>26 links, 1 part" in card
    assert "No layer alone holds these members together" in card


def test_members_stand_at_the_same_place_in_every_small_picture() -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(["b1", "b2", "a1"])
    graph.add_edge("b1", "a1", kind="LETS")
    graph.add_edge("b2", "b1", kind="DIRECTS")
    places = {re.sub(r' r="\d" fill="[^"]+"', "", "".join(_circles(p.svg))) for p in layer_pictures(graph)}

    assert [p.name for p in layer_pictures(graph)] == ["letting", "direction", "all layers merged"]
    assert len(places) == 1


def _circles(svg: str) -> list[str]:
    return re.findall(r"<circle[^>]+>", svg)


def test_no_resident_is_on_the_page(demo: Results) -> None:
    text = (demo.path / "networks" / f"{_first(demo)}.html").read_text(encoding="utf-8")

    assert [f"ring-p{i}" for i in range(1, 22) if f'"ring-p{i}"' in text] == []
    assert "7 residents" in text


def test_the_same_cluster_gives_the_same_page() -> None:
    made = [network_html(_cluster(30, "b1"), _view({})) for _ in range(2)]

    assert made[0] == made[1]


def test_a_large_cluster_shows_the_best_connected_and_says_how_many_are_left(page: Page, tmp_path: Path) -> None:
    text = network_html(_cluster(1341, "b1"), _view({}))
    _, problems = _open(page, text, tmp_path / "large.html")

    assert "1,000 members, and 341 more that are not drawn" in page.inner_text("header")
    assert problems == []


def _first(demo: Results) -> str:
    import json

    return str(json.loads((demo.path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()[0])["id"])
