"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const count = data.x.length;
const atlas = document.getElementById("atlas");
const canvas = document.getElementById("canvas");
const context = canvas.getContext("2d");
const byId = (name) => document.getElementById(name);
const make = (tag, text = "") => { const element = document.createElement(tag); element.textContent = text; return element; };

// Both axes on one scale, between 0 and 1.
const extent = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
const [[west, east], [south, north]] = [extent(data.x), extent(data.y)];
const span = Math.max(east - west, north - south) || 1;
const xs = Float32Array.from(data.x, (v) => (v - west) / span);
const ys = Float32Array.from(data.y, (v) => (north - v) / span);

// A grid of cells over the map: looking up what lies under the pointer takes a few cells, not all galaxies.
const side = Math.max(1, Math.ceil(Math.sqrt(count / 4)));
const cellOf = (v) => Math.max(0, Math.min(side - 1, Math.floor(v * side)));
const starts = new Int32Array(side * side + 1);
for (let i = 0; i < count; i++) starts[cellOf(ys[i]) * side + cellOf(xs[i]) + 1]++;
for (let c = 0; c < side * side; c++) starts[c + 1] += starts[c];
const members = new Int32Array(count);
{
  const next = starts.slice();
  for (let i = 0; i < count; i++) members[next[cellOf(ys[i]) * side + cellOf(xs[i])]++] = i;
}

// Drawn in a shuffled order that is always the same, so that no class covers the others because it comes last.
const order = Int32Array.from({length: count}, (_, i) => i);
for (let i = count - 1, state = 1; i > 0; i--) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const j = state % (i + 1);
  [order[i], order[j]] = [order[j], order[i]];
}

const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const ramp = (share) => {
  const at = Math.max(0, Math.min(1, share)) * (RAMP.length - 1);
  const k = Math.min(RAMP.length - 2, Math.floor(at));
  const mixed = RAMP[k].map((v, c) => Math.round(v + (at - k) * (RAMP[k + 1][c] - v)));
  return `rgb(${mixed})`;
};
const LEVELS = 32;

let mode = data.modes[0];
let hidden = new Set();
let colours = [];
let bytes = []; // red, green and blue of each colour
let layer = null; // the points as last painted
let stale = true; // whether they have to be painted again
let scene = null; // what was painted: the galaxies in sight, and how
let indices = new Uint16Array(count); // number of each galaxy's colour
let view = {scale: 1, x: 0, y: 0};
let fitted = 1;
let hovered = -1;
let kept = -1;
let selected = null; // Uint8Array once something is selected
let outline = null;
let tool = "move";
let waiting = false;

function palette() {
  const style = getComputedStyle(document.documentElement);
  if (mode.kind === "number") return Array.from({length: LEVELS}, (_, level) => ramp(level / (LEVELS - 1)));
  const known = mode.names.filter((name) => name !== "unknown");
  return mode.names.map((name, k) => {
    if (name === "unknown") return style.getPropertyValue("--c8").trim();
    if (mode.names.length <= 10) {
      const place = known.indexOf(name); // without the grey of the unknown, where there are any
      return style.getPropertyValue(`--c${place >= 8 && known.length < mode.names.length ? 9 : place}`).trim();
    }
    return `hsl(${Math.round((k * 137.508) % 360)} 60% ${k % 2 ? 45 : 58}%)`; // the golden angle keeps neighbours apart
  });
}

function recolour() {
  colours = palette();
  bytes = colours.map(colourBytes);
  if (mode.kind === "number") {
    const [low, high] = mode.range;
    indices = Uint16Array.from(mode.values, (v) => Math.round(Math.max(0, Math.min(1, (v - low) / (high - low || 1))) * (LEVELS - 1)));
  } else indices = Uint16Array.from(mode.values);
  const legend = byId("legend");
  legend.replaceChildren();
  if (mode.kind === "number") {
    const item = make("li");
    item.className = "scale";
    const bar = make("span");
    bar.className = "ramp";
    bar.style.background = `linear-gradient(to right, ${Array.from({length: 9}, (_, k) => ramp(k / 8))})`;
    item.append(make("span", mode.range[0].toFixed(2)), bar, make("span", mode.range[1].toFixed(2)));
    legend.append(item);
  } else {
    const totals = new Int32Array(mode.names.length);
    for (const value of mode.values) totals[value]++;
    mode.names.forEach((name, k) => {
      const item = make("li");
      const button = make("button");
      button.type = "button";
      button.setAttribute("aria-pressed", String(!hidden.has(k)));
      const key = make("span");
      key.className = "key";
      key.style.background = colours[k];
      button.append(key, `${name} (${totals[k].toLocaleString("en")})`);
      button.addEventListener("click", () => {
        if (!hidden.delete(k)) hidden.add(k);
        button.setAttribute("aria-pressed", String(!hidden.has(k)));
        draw();
      });
      item.append(button);
      legend.append(item);
    });
  }
  draw();
}

const shown = (i) => !(mode.kind !== "number" && hidden.has(indices[i]));
const px = (i) => xs[i] * view.scale + view.x;
const py = (i) => ys[i] * view.scale + view.y;

// Points are set pixel by pixel: ten times as fast as one call of the canvas for each of them.
function colourBytes(colour) {
  const probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return probe.getImageData(0, 0, 1, 1).data;
}

// Offsets of the pixels of a disc in a picture of this width, and how much of each it covers, from 0 to 256.
function disc(radius, width) {
  const reach = Math.ceil(radius + 0.5), offsets = [], covers = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover) { offsets.push(4 * (dy * width + dx)); covers.push(256 * cover); }
    }
  return {reach, offsets: Int32Array.from(offsets), covers: Float64Array.from(covers)};
}

function paintPoints(near, radius) {
  const {width, height} = canvas;
  const ratio = devicePixelRatio || 1;
  if (!layer || layer.width !== width || layer.height !== height) layer = context.createImageData(width, height);
  const pixels = new Uint8Array(layer.data.buffer);
  const [r0, g0, b0] = colourBytes(getComputedStyle(document.documentElement).getPropertyValue("--paper"));
  new Uint32Array(pixels.buffer).fill(((255 << 24) | (b0 << 16) | (g0 << 8) | r0) >>> 0);
  const {reach, offsets, covers} = disc(radius * ratio, width);
  const strong = Int32Array.from(covers, (c) => 0.85 * c), faint = Int32Array.from(covers, (c) => 0.12 * c);
  for (const i of near) {
    const x = Math.round(px(i) * ratio), y = Math.round(py(i) * ratio);
    if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
    const [r, g, b] = bytes[indices[i]];
    const alpha = selected && !selected[i] ? faint : strong;
    const middle = 4 * (y * width + x);
    for (let k = 0; k < offsets.length; k++) {
      const at = middle + offsets[k], a = alpha[k];
      pixels[at] += ((r - pixels[at]) * a) >> 8;
      pixels[at + 1] += ((g - pixels[at + 1]) * a) >> 8;
      pixels[at + 2] += ((b - pixels[at + 2]) * a) >> 8;
    }
  }
}

function tile(brush, i, x, y, size) {
  const {tile: t, columns} = data.atlas;
  brush.drawImage(atlas, (i % columns) * t, Math.floor(i / columns) * t, t, t, x, y, size, size);
}

function paint() {
  waiting = false;
  const ratio = devicePixelRatio || 1;
  const {clientWidth: width, clientHeight: height} = canvas;
  if (!width || !height) return;  // not laid out; the observer of its size draws it when it is
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    stale = true;
  }
  if (stale) {
    const zoom = view.scale / fitted;
    const base = count > 5000 ? 2 : count > 1000 ? 2.6 : 3.6;
    const radius = Math.min(7, base * (1 + 0.35 * Math.log2(Math.max(1, zoom))));
    const near = [];
    for (const i of order) {
      const x = px(i), y = py(i);
      if (x > -40 && y > -40 && x < width + 40 && y < height + 40 && shown(i)) near.push(i);
    }
    const pictures = zoom > 1.5 && near.length <= 150 && atlas.complete;
    scene = {near, radius, pictures, size: near.length <= 40 ? 72 : 44};
    paintPoints(pictures ? [] : near, radius);
    stale = false;
  }
  const {near, radius, pictures, size} = scene;
  context.putImageData(layer, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (pictures)
    for (const i of near) {
      context.globalAlpha = selected && !selected[i] ? 0.12 : 1;
      context.fillStyle = colours[indices[i]];
      context.fillRect(px(i) - size / 2 - 2, py(i) - size / 2 - 2, size + 4, size + 4);
      tile(context, i, px(i) - size / 2, py(i) - size / 2, size);
    }
  context.globalAlpha = 1;
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  context.strokeStyle = ink;
  const marked = kept >= 0 ? kept : hovered;
  if (marked >= 0) {
    context.lineWidth = 2;
    context.beginPath();
    if (pictures) context.rect(px(marked) - size / 2 - 3, py(marked) - size / 2 - 3, size + 6, size + 6);
    else context.arc(px(marked), py(marked), radius + 3, 0, 7);
    context.stroke();
  }
  if (outline && outline.length > 1) {
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.beginPath();
    outline.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }
}

// `again` is false where only the marks above the points have changed.
function draw(again = true) {
  stale = stale || again;
  if (!waiting) { waiting = true; requestAnimationFrame(paint); }
}

function whole() {
  const {clientWidth: width, clientHeight: height} = canvas;
  const margin = 24;
  const across = (east - west) / span || 1e-9, down = (north - south) / span || 1e-9;
  fitted = Math.min((width - 2 * margin) / across, (height - 2 * margin) / down);
  view = {scale: fitted, x: (width - across * fitted) / 2, y: (height - down * fitted) / 2};
  draw();
}

function zoomAt(x, y, factor) {
  const scale = Math.max(fitted * 0.5, Math.min(fitted * 400, view.scale * factor));
  const change = scale / view.scale;
  view = {scale, x: x - (x - view.x) * change, y: y - (y - view.y) * change};
  draw();
}

function nearest(x, y) {
  const reach = 22 / view.scale;
  const at = [(x - view.x) / view.scale, (y - view.y) / view.scale];
  let best = -1, least = reach * reach;
  for (let row = cellOf(at[1] - reach); row <= cellOf(at[1] + reach); row++)
    for (let column = cellOf(at[0] - reach); column <= cellOf(at[0] + reach); column++) {
      const cell = row * side + column;
      for (let k = starts[cell]; k < starts[cell + 1]; k++) {
        const i = members[k];
        const away = (xs[i] - at[0]) ** 2 + (ys[i] - at[1]) ** 2;
        if (away < least && shown(i)) { least = away; best = i; }
      }
    }
  return best;
}

const value = (one, i) => (one.kind === "number" ? one.values[i].toFixed(one.digits) : one.names[one.values[i]]);

function card() {
  const i = kept >= 0 ? kept : hovered;
  const box = byId("card");
  box.hidden = i < 0;
  box.classList.toggle("kept", kept >= 0);
  if (i < 0) return;
  const brush = byId("thumbnail").getContext("2d");
  brush.imageSmoothingQuality = "high";
  brush.clearRect(0, 0, 160, 160);
  if (atlas.complete) tile(brush, i, 0, 0, 160);
  const facts = byId("facts");
  const fact = (name, text) => { const line = make("div"); line.append(make("dt", name), make("dd", text)); return line; };
  facts.replaceChildren(fact("id", data.id[i]), ...data.modes.map((one) => fact(one.name, value(one, i))));
  if (data.viewer && data.ra[i] !== null && data.dec[i] !== null) {
    const link = make("a", "Sky viewer");
    link.href = `https://www.legacysurvey.org/viewer?ra=${data.ra[i].toFixed(6)}&dec=${data.dec[i].toFixed(6)}&layer=ls-dr9&zoom=15`;
    link.rel = "noopener";
    const line = make("dd");
    line.append(link);
    facts.append(line);
  }
}

function hover(i) {
  if (i === hovered) return;
  hovered = i;
  card();
  draw(false);
}

function inside(polygon, x, y) {
  let within = false;
  for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
    const [xa, ya] = polygon[a], [xb, yb] = polygon[b];
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) within = !within;
  }
  return within;
}

function select(polygon) {
  selected = new Uint8Array(count);
  let number = 0;
  if (polygon.length > 2)
    for (let i = 0; i < count; i++)
      if (shown(i) && inside(polygon, px(i), py(i))) { selected[i] = 1; number++; }
  if (!number) selected = null;
  byId("save").disabled = !number;
  byId("count").textContent = number ? `${number.toLocaleString("en")} of ${count.toLocaleString("en")} selected` : "";
  const strip = byId("strip");
  strip.replaceChildren();
  for (let i = 0, drawn = 0; selected && i < count && drawn < 60; i++)
    if (selected[i]) {
      const item = make("li");
      const picture = document.createElement("canvas");
      picture.width = picture.height = 96;
      picture.title = data.id[i];
      tile(picture.getContext("2d"), i, 0, 0, 96);
      item.append(picture);
      strip.append(item);
      drawn++;
    }
  draw();
}

function csv() {
  const field = (v) => (v === null ? "" : /[",\n\r]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : String(v));
  const lines = [["id", "x", "y", ...data.modes.map((one) => one.name), "ra", "dec"]];
  for (let i = 0; i < count; i++)
    if (selected[i]) {
      const values = data.modes.map((one) => (one.kind === "number" ? one.values[i] : one.names[one.values[i]]));
      lines.push([data.id[i], data.x[i], data.y[i], ...values, data.ra[i], data.dec[i]]);
    }
  return lines.map((line) => line.map(field).join(",") + "\n").join("");
}

byId("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv()], {type: "text/csv"}));
  link.download = "selection.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});

const pointers = new Map();
let travelled = 0;
const place = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, place(event));
  travelled = 0;
  outline = tool === "lasso" && pointers.size === 1 ? [place(event)] : null;
});
canvas.addEventListener("pointermove", (event) => {
  const now = place(event), before = pointers.get(event.pointerId);
  if (!before) { hover(nearest(...now)); return; }
  travelled += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
  if (pointers.size === 2) {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
    zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, distance(now, other) / distance(before, other));
  } else if (outline) { outline.push(now); draw(false); }
  else { view.x += now[0] - before[0]; view.y += now[1] - before[1]; draw(); }
  pointers.set(event.pointerId, now);
});
const release = (event) => {
  if (!pointers.delete(event.pointerId)) return;
  if (outline) { const polygon = outline; outline = null; if (travelled > 6) { select(polygon); return; } }
  if (travelled <= 6 && event.type === "pointerup") {
    hovered = nearest(...place(event));
    kept = hovered === kept ? -1 : hovered;
    card();
    if (kept < 0 && hovered < 0) select([]);
    draw(false);
  }
};
canvas.addEventListener("pointerup", release);
canvas.addEventListener("pointercancel", release);
canvas.addEventListener("pointerleave", () => { if (!pointers.size) hover(-1); });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomAt(...place(event), Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)));
}, {passive: false});
canvas.addEventListener("keydown", (event) => {
  const step = {ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60]}[event.key];
  const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
  if (step) { view.x += step[0]; view.y += step[1]; draw(); }
  else if (event.key === "+" || event.key === "=") zoomAt(...middle, 1.4);
  else if (event.key === "-") zoomAt(...middle, 1 / 1.4);
  else if (event.key === "0") whole();
  else if (event.key === "Escape") { kept = -1; select([]); card(); }
  else return;
  event.preventDefault();
});

for (const name of ["move", "lasso"])
  byId(name).addEventListener("click", () => {
    tool = name;
    for (const other of ["move", "lasso"]) byId(other).setAttribute("aria-pressed", String(other === name));
    canvas.classList.toggle("lasso", name === "lasso");
  });
byId("whole").addEventListener("click", whole);
data.modes.forEach((one, k) => byId("colour").append(new Option(one.name, k)));
byId("colour").addEventListener("change", (event) => {
  mode = data.modes[event.target.value];
  hidden = new Set();
  recolour();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
let lastWidth = 0;
new ResizeObserver(() => {
  if (canvas.clientWidth !== lastWidth) { lastWidth = canvas.clientWidth; whole(); } else draw();
}).observe(canvas);
atlas.decode().then(() => draw(), () => {});
recolour();
