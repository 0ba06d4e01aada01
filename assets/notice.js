// Loaded where a notice is written: keeps what is typed on the server at every change, inserts
// marks, sends attachments, publishes. How it will look comes from the server, by the button that
// asks for it.

const PAUSE_MS = 700;
const RETRY_MS = 5000;
const KEPT = "已自动保存";
const KEEPING = "正在保存";
const NOT_KEPT = "网络中断，刚才填写的尚未保存，恢复后自动保存。";
const NOT_SENT = "网络中断，没有发布，已填写的内容仍在，请在网络恢复后再次发布。";
const NO_UPLOAD = "网络中断，文件没有上传完，恢复后可继续上传。";
const TOO_LARGE = "超过20兆字节，没有上传，请压缩后再上传。";
const MOST_BYTES = 20 * 1024 * 1024;

// The version each form goes on from: the one it was opened with, then what its own keeping led to.
// Never the newest: of two windows the one that fell behind must be told so.
const versions = new WeakMap();
const waiting = new WeakMap();
const busy = new WeakSet();
const pressed = new WeakSet();
let queue = [];

export function mount({ work, rest, say, showFaults, clearFaults, go }) {
  const form = () => document.querySelector("form[data-rx=notice]");

  document.addEventListener("input", (event) => later(event.target));
  document.addEventListener("change", (event) => {
    if (event.target.dataset?.rx === "notice-file") return choose(event.target);
    later(event.target, 0);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset?.rx !== "notice") return;
    event.preventDefault();
    if (!busy.has(event.target)) return publish(event.target);
    pressed.add(event.target);
    work(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.rx === "notice-mark") insert(button);
    if (button?.dataset.rx === "notice-detach") detach(button);
    if (button && "rxAgain" in button.dataset && button.closest("[data-rx-files]")) upload();
  });
  addEventListener("online", () => {
    if (!form()) return;
    keep(form());
    upload();
  });
  // Nothing typed is lost by leaving: what still waits goes out with the page.
  addEventListener("pagehide", () => {
    const open = form();
    if (open && waiting.has(open)) navigator.sendBeacon("/api/notices/save", body(open));
  });
  // What was typed before this script had come is kept now.
  if (form() && changed(form())) later(form().elements.title, 0);

  function later(field, pause = PAUSE_MS) {
    const open = field.form;
    if (open?.dataset.rx !== "notice" || !field.name) return;
    clearTimeout(waiting.get(open));
    waiting.set(open, setTimeout(() => keep(open), pause));
  }

  async function keep(open) {
    if (!waiting.has(open)) return;
    clearTimeout(waiting.get(open));
    if (busy.has(open)) return waiting.set(open, setTimeout(() => keep(open), PAUSE_MS));
    waiting.delete(open);
    busy.add(open);
    told(open, KEEPING);
    try {
      const { ok, data } = await post("/api/notices/save", body(open));
      if (ok) versions.set(open, data.version);
      told(open, ok ? `${KEPT}（${clock()}）` : "");
      if (ok) refresh();
      else say(open, data.message);
    } catch {
      told(open, NOT_KEPT);
      waiting.set(open, setTimeout(() => keep(open), RETRY_MS));
    }
    busy.delete(open);
    if (pressed.has(open)) publish(open);
  }

  async function publish(open) {
    clearTimeout(waiting.get(open));
    waiting.delete(open);
    busy.add(open);
    work(open);
    clearFaults(open);
    open.querySelectorAll("[data-rx-error-for]").forEach((place) => (place.textContent = ""));
    try {
      const { ok, data } = await post(open.getAttribute("action"), body(open));
      if (ok && data.ok) return go(data.next);
      // What was typed was kept even so, under the version the answer names.
      if (data.version) versions.set(open, data.version);
      refresh();
      showFaults(open, data);
      open.querySelector("[aria-invalid=true], .field-error:not(:empty)")?.scrollIntoView({ block: "center" });
    } catch {
      say(open, NOT_SENT);
      waiting.set(open, setTimeout(() => keep(open), RETRY_MS));
    } finally {
      busy.delete(open);
      pressed.delete(open);
      rest(open);
    }
  }

  async function detach(button) {
    if (busy.has(button)) return;
    busy.add(button);
    button.setAttribute("aria-busy", "true");
    const sent = new URLSearchParams({ notice: button.dataset.notice, file: button.dataset.file });
    try {
      const { ok, data } = await post("/api/notices/detach", sent);
      fault(ok ? "" : data.message);
      refresh();
    } catch {
      fault("网络中断，没有移除，请在网络恢复后再试。");
    }
    busy.delete(button);
    button.removeAttribute("aria-busy");
  }

  function choose(input) {
    const wrong = [...input.files].filter((file) => file.size > MOST_BYTES);
    queue.push(...[...input.files].filter((file) => file.size <= MOST_BYTES));
    input.value = "";
    fault(wrong.map((file) => `${file.name}：${TOO_LARGE}`).join(" "));
    upload();
  }

  async function upload() {
    const box = document.querySelector("[data-rx-files]");
    if (!box || !queue.length || busy.has(box)) return;
    busy.add(box);
    const bar = box.querySelector("[data-rx-uploading]");
    const again = box.querySelector("[data-rx-again]");
    bar.hidden = false;
    again.hidden = true;
    while (queue.length) {
      const [file] = queue;
      bar.querySelector("[data-rx-told]").textContent =
        `正在上传 ${file.name}` + (queue.length > 1 ? `，还有${queue.length - 1}个` : "");
      const { status, data } = await send(box.dataset.rxFiles, file, (percent) => {
        bar.querySelector("[data-rx-progress]").value = percent;
      });
      if (status === 0) {
        fault(NO_UPLOAD);
        again.hidden = false;
        break;
      }
      queue.shift();
      if (status !== 200) fault(`${file.name}：${data?.fields?.file ?? data?.message ?? NO_UPLOAD}`);
      refresh();
    }
    bar.hidden = true;
    busy.delete(box);
  }

  function refresh() {
    document.querySelector("button[data-rx=notice-refresh]")?.click();
  }

  function fault(sentence) {
    const place = document.querySelector("[data-rx-files] [data-rx-error-for]");
    if (place) place.textContent = sentence ?? "";
  }

  function told(open, sentence) {
    const place = open.querySelector("[data-rx-kept]");
    if (place) place.textContent = sentence;
  }
}

// What each button puts around the chosen words, or before each chosen line.
const MARKS = {
  heading: { line: "## ", otherwise: "小标题" },
  bold: { around: ["**", "**"], otherwise: "加粗的文字" },
  list: { line: "- ", otherwise: "一项" },
  numbers: { line: "1. ", otherwise: "一项" },
  quote: { line: "> ", otherwise: "引用的文字" },
  link: { around: ["[", "](https://)"], otherwise: "链接的文字" },
  table: { around: ["| ", " | 二 |\n| --- | --- |\n| 1 | 2 |\n"], otherwise: "一", apart: true },
};

function insert(button) {
  const area = button.closest("form").elements.body;
  const mark = MARKS[button.dataset.mark];
  const { selectionStart: first, selectionEnd: last, value } = area;
  const chosen = value.slice(first, last) || mark.otherwise;
  const fresh = mark.line || mark.apart ? begin(value.slice(0, first)) : "";
  const [before, after] = mark.around ?? ["", ""];
  const words = mark.line ? chosen.split("\n").map((line) => mark.line + line).join("\n") : chosen;
  area.setRangeText(fresh + before + words + after, first, last, "end");
  const start = first + fresh.length + (mark.line ? mark.line.length : before.length);
  area.focus();
  area.setSelectionRange(start, first + fresh.length + before.length + words.length);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// A block begins on a line of its own, after an empty one.
function begin(before) {
  if (!before || before.endsWith("\n\n")) return "";
  return before.endsWith("\n") ? "\n" : "\n\n";
}

function changed(open) {
  return [...open.elements].some((field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.name && field.type !== "hidden" && field.value !== field.defaultValue,
  );
}

function body(open) {
  if (!versions.has(open)) versions.set(open, Number(open.dataset.version ?? 0));
  const sent = new URLSearchParams(new FormData(open));
  sent.set("version", String(versions.get(open)));
  return sent;
}

async function post(path, sent) {
  const response = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: sent,
  });
  const data = await response.json().catch(() => ({}));
  return { ok: response.ok, data };
}

// Only this kind of request tells how much of the file has left.
function send(notice, file, told) {
  const sent = new FormData();
  sent.append("file", file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/notices/file?${new URLSearchParams({ notice })}`);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => told(Math.round((100 * event.loaded) / event.total));
    request.onload = () => done({ status: request.status, data: request.response });
    request.onerror = request.onabort = () => done({ status: 0, data: {} });
    request.send(sent);
  });
}

function clock() {
  return new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
}
