"use strict";
const byId = (name) => document.getElementById(name);
const make = (tag, text = "") => { const element = document.createElement(tag); element.textContent = text; return element; };
const percent = (share) => `${(100 * share).toFixed(1)} %`;
byId("address").textContent = location.origin;

async function ask(files, more = "") {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  const answer = await fetch(`/predict?pictures=true${more}`, {method: "POST", body: form}).catch(() => {
    throw new Error("there was no answer; see whether galaxy serve still runs, and choose the files again");
  });
  const content = await answer.json().catch(() => ({})); // a defect of the server is answered by a text
  if (!answer.ok) throw new Error(typeof content.detail === "string" ? content.detail : `the server answered ${answer.status}`);
  return content.results;
}

function show(found, files) {
  const part = byId("result").content.cloneNode(true);
  const get = (selector) => part.querySelector(selector);
  get("h2").textContent = found.id;
  if (found.reason) {
    get(".columns").replaceChildren(make("p", `This picture cannot be used: ${found.reason}.`));
    get(".columns").style.display = "block";
    return part;
  }
  get(".seen img").src = found.picture;
  get(".seen img").alt = found.id;
  get(".answer").append(make("strong", found.predicted), ` ${percent(found.confidence)}`);
  const inSet = new Set(found.set ?? []);
  for (const [name, share] of Object.entries(found.probabilities).sort((a, b) => b[1] - a[1])) {
    const line = make("li");
    const meter = make("meter");
    meter.value = share;
    meter.setAttribute("aria-label", name);
    const label = make("span", name);
    label.className = inSet.has(name) ? "in" : "";
    line.append(label, meter, make("span", percent(share)));
    get(".bars").append(line);
  }
  const remark = (selector, text) => { get(selector).textContent = text; get(selector).hidden = !text; };
  const coverage = document.body.dataset.coverage;
  remark(".set", found.set ? `Set of classes that holds the true one for ${coverage} % of galaxies like those of the validation: ${found.set.join(", ")}.` : "");
  remark(".unlike", found.unlike === undefined ? "" : found.unlike > 0.99
    ? "Unlike the galaxies of the training: farther from the validation galaxies than 99 % of these are from each other. Do not trust the class."
    : `Farther from the validation galaxies than ${percent(found.unlike)} of these are from each other.`);
  remark(".checks", found.checks.length ? `Unusual: ${found.checks.join(", ")}.` : "");
  if (found.viewer) {
    const link = make("a", "Sky viewer");
    link.href = found.viewer;
    link.rel = "noopener";
    get(".classes-of").append(link);
  }
  if (found.nearest) {
    get(".near").hidden = false;
    for (const near of found.nearest) {
      const item = make("li");
      const picture = make("img");
      picture.src = near.picture;
      picture.alt = `Training galaxy ${near.id}`;
      picture.width = picture.height = 112;
      const label = make("span", `${near.class}, distance ${near.distance.toFixed(3)}`);
      const id = make("span", near.id);
      id.className = "soft";
      item.append(picture, label, make("br"), id);
      get(".gallery").append(item);
    }
  }
  const figure = get(".rests");
  figure.querySelector("button").addEventListener("click", async (event) => {
    event.target.disabled = true;
    event.target.textContent = "Covering one square after the other";
    try {
      const [more] = await ask(files, "&occlusion=true");
      if (more.reason) throw new Error(`This picture cannot be used any more: ${more.reason}.`);
      const picture = make("img");
      picture.src = more.occlusion_picture;
      picture.alt = `Where ${found.predicted} loses probability when a square is covered`;
      picture.width = picture.height = 192;
      figure.replaceChildren(picture, make("figcaption", "how much of its probability the class loses when a square is covered: yellow most, black least"));
    } catch (error) { figure.replaceChildren(make("p", error.message)); }
  });
  return part;
}

async function classify(files) {
  if (!files.length) return;
  const status = byId("status");
  status.textContent = `Reading ${files.length === 1 ? files[0].name : `${files.length} pictures`} …`;
  try {
    const results = await ask(files);
    byId("results").prepend(...results.map((found) => show(found, found.files.map((k) => files[k]))));
    status.textContent = `${results.length} ${results.length === 1 ? "picture" : "pictures"} read.`;
  } catch (error) { status.textContent = `That did not work: ${error.message}.`; }
}

const drop = byId("drop");
byId("files").addEventListener("change", (event) => { classify([...event.target.files]); event.target.value = ""; });
for (const kind of ["dragover", "dragenter"])
  document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  classify([...event.dataTransfer.files]);
});
