"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = new Map(data.nodes.map((n) => [n.id, n]));
  const nodes = new vis.DataSet(data.nodes.map((n) => n.vis));
  const edges = new vis.DataSet(data.edges.map((e) => e.vis));
  const box = document.getElementById("net");
  const network = new vis.Network(box, { nodes, edges }, data.options);
  const off = { kinds: new Set(), barriers: new Set() };
  let chosen = null, layer = null;

  const say = (text) => { document.getElementById("status").textContent = text; };
  const add = (parent, tag, text) => { const x = document.createElement(tag); x.textContent = text; parent.append(x); return x; };
  const neighbours = (id) => new Set(data.edges.filter((e) => e.from === id || e.to === id).map((e) => (e.from === id ? e.to : e.from)));
  const inLayer = (e) => !layer || e.layer === layer;
  const inForce = (e) => { const day = document.getElementById("day").value; return !day || ((!e.since || e.since <= day) && (!e.until || e.until > day)); };

  function draw() {
    const near = chosen ? neighbours(chosen).add(chosen) : null;
    const shown = new Set(data.nodes.filter((n) => !off.kinds.has(n.label)).map((n) => n.id));
    const touched = new Set(data.edges.filter(inLayer).flatMap((e) => [e.from, e.to]));
    nodes.update(data.nodes.map((n) => ({ id: n.id, hidden: !shown.has(n.id), opacity: (near && !near.has(n.id)) || (layer && !touched.has(n.id)) ? 0.15 : 1 })));
    edges.update(data.edges.map((e) => ({ id: e.vis.id, hidden: !inLayer(e) || off.barriers.has(e.barrier) || !shown.has(e.from) || !shown.has(e.to), dashes: !inForce(e), width: near && !(e.from === chosen || e.to === chosen) ? 0.3 : e.vis.width })));
  }
  function choose(id) {
    chosen = id;
    draw();
    const details = document.getElementById("details");
    details.textContent = "";
    document.querySelectorAll("#members button").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.id === id)));
    if (!id) { say("All members are shown."); return; }
    const n = byId.get(id);
    add(details, "h2", n.label + " " + id);
    if (n.words) add(details, "p", n.words);
    const facts = add(details, "ul", "");
    n.facts.forEach((f) => add(facts, "li", f));
    data.edges.filter((e) => e.from === id || e.to === id).forEach((e) => add(facts, "li", e.told));
    say(id + ": " + neighbours(id).size + " neighbours are highlighted. Escape shows all.");
  }
  function go(id) { if (byId.has(id)) { network.selectNodes([id]); network.focus(id, { scale: 1.1 }); choose(id); } }

  function filter(where, values, set, what) {
    const count = new Map();
    values.forEach((v) => count.set(v.name, (count.get(v.name) || 0) + 1));
    const seen = new Map(values.map((v) => [v.name, v]));
    [...seen.keys()].sort().forEach((name) => {
      const label = add(document.getElementById(where), "label", "");
      const tick = document.createElement("input");
      tick.type = "checkbox"; tick.checked = true;
      tick.addEventListener("change", () => { tick.checked ? set.delete(seen.get(name).key) : set.add(seen.get(name).key); draw(); say(what + " " + name + (tick.checked ? " shown" : " hidden")); });
      const key = document.createElement("span");
      key.className = "key"; key.textContent = seen.get(name).symbol; key.style.color = seen.get(name).color;
      label.append(tick, key, name + " (" + count.get(name) + ")");
    });
  }
  filter("kinds", data.nodes.map((n) => ({ key: n.label, name: n.kind, symbol: n.symbol, color: n.color })), off.kinds, "Kind");
  filter("barriers", data.edges.map((e) => ({ key: e.barrier, name: e.step, symbol: "━", color: e.color })), off.barriers, "Barrier");

  [data.layers[data.layers.length - 1], ...data.layers.slice(0, -1)].forEach((l, i) => {
    const label = add(document.getElementById("layers"), "label", ""), tick = document.createElement("input");
    tick.type = "radio"; tick.name = "layer"; tick.checked = i === 0;
    tick.addEventListener("change", () => { layer = i === 0 ? null : l.name; draw(); say(l.name + ": " + l.told + "."); });
    label.append(tick, l.name + " (" + l.told + ")");
  });

  const list = document.getElementById("members"), ids = document.getElementById("ids");
  data.nodes.forEach((n) => {
    const item = document.createElement("li"), button = add(item, "button", n.symbol + " " + n.shown);
    button.dataset.id = n.id; button.addEventListener("click", () => go(n.id)); list.append(item);
    const option = document.createElement("option"); option.value = n.id; option.label = n.shown; ids.append(option);
  });
  network.on("click", (event) => choose(event.nodes[0] || null));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { choose(null); network.unselectAll(); }
    if (chosen && ["ArrowRight", "ArrowLeft"].includes(event.key) && document.activeElement === box) {
      const around = [...neighbours(chosen)].sort();
      if (around.length) { go(around[event.key === "ArrowRight" ? 0 : around.length - 1]); event.preventDefault(); }
    }
  });
  document.getElementById("search").addEventListener("change", (event) => {
    const wanted = event.target.value.toLowerCase();
    const found = data.nodes.find((n) => n.id.toLowerCase() === wanted) || data.nodes.find((n) => n.shown.toLowerCase().includes(wanted));
    found ? go(found.id) : say("Nothing found for this search.");
  });
  document.getElementById("all").addEventListener("click", () => { choose(null); network.fit(); });
  document.getElementById("day").addEventListener("change", draw);
  document.getElementById("anyday").addEventListener("click", () => { document.getElementById("day").value = ""; draw(); });
  document.getElementById("print").addEventListener("click", () => window.print());
  document.getElementById("png").addEventListener("click", () => {
    const link = document.createElement("a");
    link.download = data.file + ".png"; link.href = box.querySelector("canvas").toDataURL("image/png"); link.click();
  });
  draw();
  network.fit();
  choose(null);
})();
