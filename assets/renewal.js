// After an upgrade an open page asks its user to load it anew: when it suits, and losing nothing.
// Nobody asks all the time: the server is asked after a lost connection came back, and by a page
// that was long out of sight.

const SAID = "平台已更新，请刷新页面。";
const KEPT = "已填写的文字会自动填回。";
const NOT_KEPT = "密码和已选择的文件请在刷新后重新填写。";
const HEADER = "x-rxapp-build";
const ASKED = "rxapp-renewed-for";
const TYPED = "rxapp-typed";
// Twenty thousand pages come back at the same moment: they ask spread over so long.
const SPREAD_MS = 20_000;
const UNSEEN_MS = 15 * 60_000;
const PATIENCE_MS = 15_000;
// These keep every change on the server by themselves.
const SELF_KEEPING = ["claim", "notice"];

let own = "";
let served = "";
let later = false;
let waiting = 0;
let askedAt = Date.now();
const touched = new Set();

// `build` is the mark of the build this page came from.
export function watchBuild(build) {
  own = served = build ?? "";
  giveBack();
  addEventListener("rxapp:connected", () => {
    if (window.rxappConnects > 1) askSoon();
  });
  addEventListener("rxapp:renewed", () => renewed("other"));
  // A part of the page that an upgrade took away.
  addEventListener("vite:preloadError", () => renewed("other"));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - askedAt > UNSEEN_MS) askSoon();
  });
  for (const kind of ["play", "pause", "ended"]) document.addEventListener(kind, show, true);
  for (const kind of ["input", "change"]) document.addEventListener(kind, note, true);
  document.addEventListener("click", leave, true);
}

function askSoon() {
  if (waiting || isRenewed()) return;
  waiting = setTimeout(ask, Math.random() * SPREAD_MS);
}

async function ask() {
  waiting = 0;
  askedAt = Date.now();
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    const mark = answer.headers.get(HEADER);
    if (answer.ok && own && mark && mark !== own) renewed(mark);
  } catch {
    // Not there at the moment: the next connection asks again.
  }
}

function renewed(mark) {
  served = mark;
  show();
}

function isRenewed() {
  return served !== own;
}

// Whoever was asked for this build and got the same page again is not asked for ever.
function isAsked() {
  return !isRenewed() || later || sessionStorage.getItem(ASKED) === served;
}

function show() {
  const bar = document.getElementById("renewal");
  const watching = [...document.querySelectorAll("video")].some((v) => !v.paused && !v.ended);
  if (isAsked() || watching) return bar?.remove();
  if (bar) return;
  document.body.append(made());
}

function made() {
  const bar = document.createElement("div");
  bar.id = "renewal";
  bar.className = "renewal";
  bar.setAttribute("role", "status");
  bar.dataset.testid = "renewal";
  const said = document.createElement("p");
  said.textContent = sentence();
  const choice = document.createElement("div");
  choice.append(button("刷新页面", "btn btn-primary", reload), button("稍后", "btn", wait));
  bar.append(said, choice);
  return bar;
}

function sentence() {
  const kinds = [...touched].filter((field) => field.isConnected).map((field) => field.type);
  const kept = kinds.some((kind) => kind !== "password" && kind !== "file");
  const lost = kinds.some((kind) => kind === "password" || kind === "file");
  return SAID + (kept ? KEPT : "") + (lost ? NOT_KEPT : "");
}

function button(text, kind, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

function wait() {
  later = true;
  show();
}

function reload() {
  sessionStorage.setItem(ASKED, served);
  keepTyped();
  location.reload();
}

// Once renewed, a link loads its page whole: the parts this page would fetch may be gone.
function leave(event) {
  const link = event.target.closest?.("a[href]");
  if (!isRenewed() || !link || event.defaultPrevented || event.button) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target) return;
  const to = new URL(link.href, location.href);
  const within = to.pathname === location.pathname && to.search === location.search;
  if (to.origin !== location.origin || link.hasAttribute("download") || within) return;
  event.preventDefault();
  event.stopPropagation();
  location.assign(to.href);
}

function note(event) {
  const field = event.target;
  if (!event.isTrusted || !field.form || SELF_KEEPING.includes(field.form.dataset.rx)) return;
  touched.add(field);
  const said = document.querySelector("#renewal p");
  if (said) said.textContent = sentence();
}

// Only in this tab, only until the page is there again, and never a password.
function keepTyped() {
  const fields = [...touched].filter((field) => field.isConnected && nameOf(field));
  const kept = fields
    .filter((field) => field.type !== "password" && field.type !== "file")
    .map((field) => ({ name: nameOf(field), value: field.value, checked: !!field.checked }));
  if (!kept.length) return;
  const where = location.pathname + location.search;
  sessionStorage.setItem(TYPED, JSON.stringify({ where, kept }));
}

function nameOf(field) {
  const form = field.form?.dataset.testid ?? [...document.forms].indexOf(field.form);
  const choice = ["radio", "checkbox"].includes(field.type) ? `=${field.value}` : "";
  return field.name || field.id ? `${form} ${field.name || field.id}${choice}` : "";
}

function giveBack() {
  const said = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
  sessionStorage.removeItem(TYPED);
  if (said?.where !== location.pathname + location.search) return;
  const left = new Map(said.kept.map((each) => [each.name, each]));
  const until = Date.now() + PATIENCE_MS;
  const turn = setInterval(() => {
    for (const form of document.forms) {
      for (const field of form.elements) fill(field, left);
    }
    if (!left.size || Date.now() > until) clearInterval(turn);
  }, 250);
}

// A field takes what was typed once the page's own script listens to it.
function fill(field, left) {
  const kept = left.get(nameOf(field));
  if (!kept || !window.rxappConnects || !Object.keys(field).some((key) => key.startsWith("__reactProps"))) return;
  left.delete(kept.name);
  touched.add(field);
  if (["radio", "checkbox"].includes(field.type)) {
    if (field.checked !== kept.checked) field.click();
    return;
  }
  if (field.value === kept.value) return;
  const kind = Object.getPrototypeOf(field);
  Object.getOwnPropertyDescriptor(kind, "value").set.call(field, kept.value);
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}
