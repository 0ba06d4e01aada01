// Loaded on every page. Sends the forms, mounts the player, and touches nothing else: what the
// page renders belongs to React, so everything here listens on the document from outside.

import { arrive } from "./arrival.js";
import { watchBuild } from "./renewal.js";

const OFFLINE = "网络中断，内容没有提交，已填写的内容仍在，请在网络恢复后再试。";
const FAILED = "没有提交成功，已填写的内容仍在，请稍后再试。";
const BUSY = new WeakSet();
// One key per form, so that a form sent again after a lost answer is known to be the same.
const KEYS = new WeakMap();

// Buttons that are answered here, whatever else has come.
const HERE = { reveal, "sign-out": signOut, print: () => print() };

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-rx]");
  if (!form) return;
  if (form.dataset.rx !== "form") return hold(event, form);
  event.preventDefault();
  if (!BUSY.has(form)) submit(form, event.submitter);
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (event.isComposing) return;
  if (field instanceof HTMLInputElement) tidyNumber(field);
  if (["form", "claim"].includes(field.form?.dataset.rx)) clearFault(field.form, field);
});
document.addEventListener("compositionend", (event) => {
  if (event.target instanceof HTMLInputElement) tidyNumber(event.target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-rx]");
  if (!button) return;
  const answered = HERE[button.dataset.rx];
  if (answered) answered(button);
  else holdPress(button);
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement)) return;
  if (input.dataset.rx === "evidence") upload(input);
  if (input.name === "identity_number") lengthen(input);
});

// A page brought back by the back button must not still look busy.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-rx=form]").forEach((f) => rest(f));
});

async function submit(form, submitter) {
  work(form);
  clearFaults(form);
  try {
    const typed = new FormData(form, submitter);
    typed.append("request_key", keyOf(form));
    const { ok, data } = await post(form.getAttribute("action"), new URLSearchParams(typed));
    if (ok && data.ok) return go(data.next);
    showFaults(form, data);
  } catch {
    say(form, OFFLINE);
  }
  rest(form);
  focusFault(form, submitter);
}

function keyOf(form) {
  if (!KEYS.has(form)) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    KEYS.set(form, Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return KEYS.get(form);
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json" },
    body,
  });
  const data = await response.json().catch(() => ({}));
  return { ok: response.ok, data };
}

// Only a path of this site is followed, whatever the answer says.
function go(next) {
  location.assign(/^\/(?![/\\])/.test(next ?? "") ? next : "/");
}

function work(form) {
  BUSY.add(form);
  submitButtons(form).forEach((button) => {
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  });
}

function rest(form) {
  BUSY.delete(form);
  submitButtons(form).forEach((button) => {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  });
}

function submitButtons(form) {
  return [...form.elements].filter((e) => e.type === "submit");
}

function showFaults(form, data) {
  const fields = data.fields ?? {};
  for (const [name, sentence] of Object.entries(fields)) {
    const place = faultPlace(form, name);
    if (place) place.textContent = sentence;
    inputs(form, name).forEach((input) => markFault(input, place));
  }
  const unseen = Object.keys(fields).filter((name) => !faultPlace(form, name));
  const rest = unseen.map((name) => fields[name]);
  say(form, [data.message ?? (Object.keys(fields).length ? "" : FAILED), ...rest].join(" ").trim());
}

function markFault(input, place) {
  input.setAttribute("aria-invalid", "true");
  if (!place) return;
  place.id ||= `fault-${input.name}-${Math.random().toString(36).slice(2, 8)}`;
  const known = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  input.setAttribute("aria-describedby", [...new Set([...known, place.id])].join(" "));
}

function clearFaults(form) {
  say(form, "");
  for (const field of form.elements) clearFault(form, field);
}

function clearFault(form, field) {
  if (!field.name || !field.hasAttribute("aria-invalid")) return;
  field.removeAttribute("aria-invalid");
  const place = faultPlace(form, field.name);
  if (place) place.textContent = "";
}

function focusFault(form, submitter) {
  const wrong = [...form.elements].find((e) => e.getAttribute("aria-invalid") === "true");
  (wrong ?? submitter)?.focus();
}

function say(form, sentence) {
  const place = form.querySelector("[data-rx-message]");
  if (!place) return;
  if (!place.hasAttribute("role")) place.setAttribute("role", "alert");
  place.textContent = sentence;
}

function faultPlace(form, name) {
  return form.querySelector(`[data-rx-error-for="${CSS.escape(name)}"]`);
}

function inputs(form, name) {
  return [...form.elements].filter((e) => e.name === name);
}

// A file goes up at once; what is sent with the form is the ticket that claims it.
async function upload(input) {
  const [file] = input.files;
  const box = input.closest("[data-rx-upload]");
  const ticket = box.querySelector("[data-rx-ticket]");
  const told = box.querySelector("[data-rx-told]");
  const fault = box.querySelector("[data-rx-error-for]");
  const shown = box.querySelector("[data-rx-shown]");
  if (!file || BUSY.has(input)) return;
  BUSY.add(input);
  ticket.value = "";
  fault.textContent = "";
  shown.replaceChildren();
  told.textContent = `正在上传 ${file.name}`;
  try {
    const body = new FormData();
    body.append("purpose", box.dataset.rxUpload);
    body.append("file", file);
    const { ok, data } = await post("/api/evidence", body);
    ticket.value = ok ? data.ticket : "";
    shown.replaceChildren(...(ok ? [picture(data)] : []));
    told.textContent = ok ? `已上传 ${file.name}，共${data.pages}页` : "";
    fault.textContent = ok ? "" : (data.fields?.file ?? data.message ?? FAILED);
  } catch {
    told.textContent = "";
    fault.textContent = "网络中断，文件没有上传，请在网络恢复后重新选择。";
  }
  input.value = "";
  BUSY.delete(input);
}

function picture(data) {
  const image = new Image();
  image.src = data.preview;
  image.alt = `${data.name} 第一页`;
  image.className = "evidence";
  return image;
}

// The old number of 15 digits is written out in full, so that its owner sees what is meant.
function lengthen(input) {
  const typed = input.value.normalize("NFKC").replace(/\s/g, "");
  if (!/^\d{15}$/.test(typed)) return;
  const digits = `${typed.slice(0, 6)}19${typed.slice(6)}`;
  const sum = [...digits].reduce((all, digit, place) => (all + Number(digit)) * 2, 0);
  input.value = digits + "10X98765432"[sum % 11];
  const hint = document.getElementById(`${input.id}-hint`);
  if (hint) caption(hint, "15位号码已换算为18位，请核对");
}

// The caption is the first text in the button; changing the text alone leaves React's node alive.
function caption(button, text) {
  const node = document.createTreeWalker(button, NodeFilter.SHOW_TEXT).nextNode();
  if (node) node.data = text;
}

function reveal(button) {
  const id = button.getAttribute("aria-controls");
  const input = id ? document.getElementById(id) : inputBefore(button);
  if (!input) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

function inputBefore(button) {
  const all = [...(button.form ?? button.parentElement).querySelectorAll("input")];
  const before = Node.DOCUMENT_POSITION_PRECEDING;
  return all.filter((input) => button.compareDocumentPosition(input) & before).pop();
}

async function signOut(button) {
  if (BUSY.has(button)) return;
  BUSY.add(button);
  button.setAttribute("aria-busy", "true");
  try {
    const { ok, data } = await post("/auth/sign-out", new URLSearchParams());
    // An answer that nobody is signed in any more is what was asked for.
    if (ok || data.error === "signed_out") return go(data.next ?? "/sign-in");
    caption(button, "尚未退出，请再试一次");
  } catch {
    caption(button, "网络中断，尚未退出");
  }
  BUSY.delete(button);
  button.removeAttribute("aria-busy");
}

// Numbers typed with a Chinese keyboard come full-width or with spaces; an X may come small.
const TIDY = {
  digits: (typed) => typed.replace(/\D/g, ""),
  identity: (typed) => typed.toUpperCase().replace(/[^0-9X]/g, ""),
};

function tidyNumber(field) {
  const tidy = TIDY[field.dataset.rx];
  if (!tidy) return;
  const clean = (text) => tidy(text.normalize("NFKC"));
  const after = clean(field.value);
  if (after === field.value) return;
  const caret = clean(field.value.slice(0, field.selectionStart ?? field.value.length)).length;
  field.value = after;
  field.setSelectionRange?.(caret, caret);
}

// While the service cannot read or save, a notice stands with a button that asks again. It is
// pressed from here too, each page at a time of its own, until the notice is gone.
const AGAIN_MS = 3000;
let asking = 0;

function askAgain() {
  if (asking || !document.querySelector("[data-rx=again]")) return;
  asking = setTimeout(() => {
    asking = 0;
    document.querySelector("[data-rx=again]")?.click();
    askAgain();
  }, AGAIN_MS * (1 + Math.random()));
}

// Pages come and go without a load: a player is mounted when its empty container appears and
// unmounted when it leaves.
const mounted = new Map();

function scan() {
  arrive();
  askAgain();
  for (const [box, entry] of mounted) {
    if (box.isConnected && box.dataset.lesson === entry.lesson) continue;
    mounted.delete(box);
    entry.gone = true;
    entry.unmount?.();
  }
  for (const box of document.querySelectorAll("[data-rx=player]")) {
    if (!mounted.has(box) && box.dataset.lesson) start(box);
  }
  for (const [file, selector] of Object.entries(MODULES)) {
    if (document.querySelector(selector)) open(file);
  }
}

// What only some pages need is fetched when one of them shows.
const MODULES = {
  "desk.js": "[data-rx=collect], [data-rx=export], [data-rx=refresh]",
  "claim.js": "[data-rx=claim]",
  "review.js": "[data-rx=review]",
  "notice.js": "form[data-rx=notice]",
  "checkin.js": "[data-rx=check-in]",
  "course.js": "[data-rx=film], [data-rx=course-file]",
};
const opened = new Set();
const ready = new Set();
// Forms sent and buttons pressed before what answers them had come; with a form the browser itself
// would leave the page.
const held = new Map();

function open(file) {
  if (opened.has(file)) return;
  opened.add(file);
  const search = new URL(import.meta.url).search;
  import(new URL(`./${file}${search}`, import.meta.url).href)
    .then(({ mount }) => {
      mount({ work, rest, say, showFaults, clearFaults, go });
      ready.add(file);
      letGo(file, (waiting, by) => (waiting.requestSubmit ? waiting.requestSubmit(by) : waiting.click()));
    })
    .catch(() => {
      opened.delete(file);
      letGo(file, (waiting) => say(waiting.form ?? waiting, OFFLINE));
    });
}

function hold(event, form) {
  const file = Object.keys(MODULES).find((each) => form.matches(MODULES[each]));
  if (!file || ready.has(file)) return;
  event.preventDefault();
  held.set(form, event.submitter);
  open(file);
}

function holdPress(button) {
  const file = Object.keys(MODULES).find((each) => button.closest(MODULES[each]));
  if (!file || ready.has(file) || button.type !== "button") return;
  held.set(button, null);
  open(file);
}

function letGo(file, then) {
  for (const [waiting, submitter] of held) {
    if (!waiting.closest(MODULES[file])) continue;
    held.delete(waiting);
    if (waiting.isConnected) then(waiting, submitter);
  }
}

async function start(box) {
  const entry = { lesson: box.dataset.lesson, gone: false, unmount: null };
  mounted.set(box, entry);
  for (let tries = 0; !entry.gone && !entry.unmount; tries++) {
    try {
      const { mount } = await import(playerAddress(tries));
      if (!entry.gone) entry.unmount = mount(box);
    } catch {
      if (!entry.gone) box.textContent = "播放器没有加载成功，正在重试，请检查网络。";
      await new Promise((done) => setTimeout(done, Math.min(8000, 1000 * 2 ** tries)));
    }
  }
}

// The version in this module's address reaches the player too. An address that failed once
// stays failed for the life of a page, so that another try needs another one.
function playerAddress(tries) {
  const address = new URL("./player.js" + new URL(import.meta.url).search, import.meta.url);
  if (tries) address.searchParams.set("again", String(tries));
  return address.href;
}

watchBuild(new URL(import.meta.url).searchParams.get("v"));
new MutationObserver(scan).observe(document.documentElement, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ["data-lesson", "data-place", "data-filled"],
});
scan();
