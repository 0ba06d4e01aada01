// Loaded where claims are decided on: keys for everything, and the viewer of the proofs.

const ZOOMS = [1, 1.6, 2.5];
// Turned about the upper left corner and moved back into sight, so that all of it can be scrolled to.
const TURNED = {
  0: "",
  90: "rotate(90deg) translateY(-100%)",
  180: "rotate(180deg) translate(-100%, -100%)",
  270: "rotate(270deg) translateX(-100%)",
};

export function mount() {
  document.addEventListener("keydown", keyed);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    const { rxTool, rxShow, rxActOf, rx } = button.dataset;
    if (rxActOf) setAct(button.form, rxActOf);
    if (rxTool) tool(rxTool);
    if (rxShow) show(button);
    if (rx === "phrase") say(button);
  }, true);
  new MutationObserver(settle).observe(document.documentElement, { childList: true, subtree: true });
  settle();
}

function keyed(event) {
  if (!document.querySelector("[data-rx=review]")) return;
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing?.form) {
    return typing.form.querySelector(`[data-rx-act-of="${act(typing.form)}"]`)?.click();
  }
  if (event.key === "Escape" && typing) return typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const run = KEYS[event.key.length === 1 ? event.key.toLowerCase() : ""];
  if (!run) return;
  event.preventDefault();
  run();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  p: () => press("pass"),
  t: () => intend("return"),
  r: () => intend("reject"),
  z: () => tool("zoom"),
  o: () => tool("turn"),
  n: () => tool("next"),
  "?": () => document.querySelector("[data-rx-keys]")?.toggleAttribute("open"),
  "？": () => document.querySelector("[data-rx-keys]")?.toggleAttribute("open"),
};

function step(by) {
  const rows = [...document.querySelectorAll("[data-rx-row]")];
  const here = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const row = rows[here < 0 ? 0 : here + by];
  row?.click();
  row?.scrollIntoView({ block: "nearest" });
}

function press(what) {
  document.querySelector(`[data-rx-verdict] [data-rx-act-of=${what}]`)?.click();
}

// To return or reject needs a reason: the key leads to its place, the reason then sends it.
function intend(what) {
  const form = document.querySelector("[data-rx-verdict]");
  if (!form?.querySelector(`[data-rx-act-of=${what}]`)) return;
  setAct(form, what);
  form.elements.note.focus();
}

function setAct(form, what) {
  const field = form?.querySelector("[data-rx-act]");
  if (field) field.value = what;
}

function act(form) {
  return form.querySelector("[data-rx-act]")?.value ?? "pass";
}

function say(button) {
  const note = document.querySelector("[data-rx-verdict]")?.elements.note;
  if (!note) return;
  note.value = [note.value.trim(), button.textContent].filter(Boolean).join(" ").slice(0, 400);
  note.focus();
}

// The viewer: which file and page is large, how far it is zoomed and turned.
const looking = { box: null, base: "", page: 1, pages: 1, zoom: 0, turn: 0 };

// Another claim is another box: the first file's first page is shown by the page itself.
function settle() {
  const box = document.querySelector("[data-rx-view]");
  if (!box || box === looking.box) return;
  looking.box = box;
  const first = box.querySelector("[data-rx-show]");
  if (first) look(first.dataset.rxShow, Number(first.dataset.rxPages), first.dataset.rxLabel);
}

function show(button) {
  look(button.dataset.rxShow, Number(button.dataset.rxPages), button.dataset.rxLabel);
}

function look(base, pages, label) {
  Object.assign(looking, { base, pages, page: 1, zoom: 0, turn: 0, label });
  draw();
}

function tool(what) {
  if (what === "zoom") looking.zoom = (looking.zoom + 1) % ZOOMS.length;
  if (what === "turn") looking.turn = (looking.turn + 90) % 360;
  if (what === "next") looking.page = (looking.page % looking.pages) + 1;
  if (what === "back") looking.page = ((looking.page + looking.pages - 2) % looking.pages) + 1;
  draw();
}

function draw() {
  const image = looking.box?.querySelector("[data-rx-viewed]");
  if (!image) return;
  const source = `${looking.base}${looking.page}`;
  if (image.getAttribute("src") !== source) image.src = source;
  image.alt = `${looking.label}，第${looking.page}页`;
  image.style.width = `${ZOOMS[looking.zoom] * 100}%`;
  image.style.transform = TURNED[looking.turn];
  const told = looking.box.querySelector("[data-rx-page]");
  if (told) told.textContent = looking.pages > 1 ? `第${looking.page}页，共${looking.pages}页` : "";
}
