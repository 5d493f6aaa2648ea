"use strict";
// What was measured on this machine, from machine.js, if that file is there and belongs to this page.
const machine = window.machine;
if (machine && machine.page === document.querySelector("meta[name=digest]").content) {
  const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const facts = machine.facts.map(([name, value]) => {
    const fact = make("div", "", value.length > 28 ? {class: "wide"} : {});
    fact.append(make("dt", name), make("dd", value));
    return fact;
  });
  document.getElementById("machine-facts").prepend(...facts);
  const notes = machine.notes.map((text) => make("p", text, {class: "note"}));
  if (machine.settings.length) {
    const title = `All settings that differ from the report's protocol: ${machine.settings.length}`;
    const table = make("table", "", {class: "data"});
    const head = table.createTHead().insertRow();
    head.append(make("th", "Setting", {scope: "col"}), make("th", "here", {scope: "col", class: "left"}));
    head.append(make("th", "paper profile", {scope: "col", class: "left"}));
    const body = table.createTBody();
    for (const [name, here, paper] of machine.settings) {
      const line = body.insertRow();
      line.append(make("th", name, {scope: "row"}), make("td", here, {class: "left"}), make("td", paper, {class: "left"}));
    }
    const scroll = make("div", "", {class: "scroll", role: "region", "aria-label": title, tabindex: "0"});
    scroll.append(table);
    const details = make("details", "");
    details.append(make("summary", title), scroll);
    notes.unshift(details);
  }
  document.getElementById("machine-notes").replaceChildren(...notes);
  if (machine.map) {
    const line = make("p", "");
    line.append(make("a", "A map of the test galaxies", {href: machine.map}), ": galaxies that look alike to the most accurate supervised row lie close together.");
    document.getElementById("galaxies-map").replaceWith(line);
  }
  if (machine.labels) document.getElementById("label-study").innerHTML = machine.labels;
  if (Object.keys(machine.training).length) {
    const results = document.getElementById("results");
    const heading = make("th", "", {scope: "col"});
    heading.append(make("button", "Training", {type: "button", title: "wall time of one training on this machine"}));
    results.tHead.rows[0].append(heading);
    for (const row of results.tBodies[0].rows) {
      const [text, seconds] = Object.hasOwn(machine.training, row.dataset.row)
        ? machine.training[row.dataset.row]
        : ["\u2013", ""];
      row.append(make("td", text, {"data-value": seconds}));
    }
  }
}

// Sorting by the column whose heading is pressed. A cell's data-value counts where it has one; empty ones come last.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  headings.forEach((heading, column) => {
    const button = heading.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") !== "descending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const cell = row.cells[column];
        const text = cell.dataset.value ?? cell.textContent.trim();
        const value = Number(text);
        return text === "" ? null : Number.isNaN(value) ? text : value;
      };
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
        return down ? -order : order;
      });
      table.tBodies[0].append(...rows);
      const status = document.getElementById("sorted");
      status.textContent = `sorted by ${button.textContent.trim()}, ${down ? "largest" : "smallest"} first`;
    });
  });
}

// Pictures in a dialog, as large as the window allows.
const enlarged = document.getElementById("enlarged");
for (const button of document.querySelectorAll("button.zoom")) {
  button.addEventListener("click", () => {
    const [image, shown] = [button.querySelector("img"), enlarged.querySelector("img")];
    shown.src = image.src;
    shown.alt = image.alt;
    enlarged.querySelector("p").textContent = image.alt;
    enlarged.showModal();
  });
}
enlarged.addEventListener("click", (event) => {
  if (event.target === enlarged) enlarged.close();
});
