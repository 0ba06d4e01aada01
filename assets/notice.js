// Loaded where a notice is written: keeps what is typed on the server at every change, inserts
// marks, sends attachments, publishes. How it will look comes from the server, by the button that
// asks for it.

import { keeping, post, sendAll } from "./keeping.js";

const NOT_SENT = "网络中断，没有发布，已填写的内容仍在，请在网络恢复后再次发布。";
const NO_UPLOAD = "网络中断，文件没有上传完，恢复后可继续上传。";
const TOO_LARGE = "超过20兆字节，没有上传，请压缩后再上传。";
const MOST_BYTES = 20 * 1024 * 1024;

const busy = new WeakSet();
const queue = [];

export function mount(page) {
  keeping({
    role: "notice", save: () => "/api/notices/save", refresh, notSent: NOT_SENT, page,
    // The choices of an audience are no single field: their faults are cleared by place.
    clear: (open) => {
      page.clearFaults(open);
      open.querySelectorAll("[data-rx-error-for]").forEach((place) => (place.textContent = ""));
    },
  });

  document.addEventListener("change", (event) => {
    if (event.target.dataset?.rx === "notice-file") choose(event.target);
  });
  // What was chosen before this script had come is sent now.
  document.querySelectorAll("[data-rx=notice-file]").forEach((input) => input.files.length && choose(input));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.rx === "notice-mark") insert(button);
    if (button?.dataset.rx === "notice-detach") detach(button);
    if (button && "rxAgain" in button.dataset && button.closest("[data-rx-files]")) upload();
  });
  addEventListener("online", upload);

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
    const { rxFiles: notice } = box.dataset;
    await sendAll(queue, {
      box,
      counted: "个",
      ask: () => ({ address: `/api/notices/file?${new URLSearchParams({ notice })}` }),
      fault,
      refresh,
      lost: NO_UPLOAD,
    });
    busy.delete(box);
  }

  function refresh() {
    document.querySelector("button[data-rx=notice-refresh]")?.click();
  }

  function fault(sentence) {
    const place = document.querySelector("[data-rx-files] [data-rx-error-for]");
    if (place) place.textContent = sentence ?? "";
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
