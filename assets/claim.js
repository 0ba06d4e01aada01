// Loaded where a claim is filled in: keeps what is typed on the server, sends its proofs, sends it
// in. What the page shows of it comes from the server again, by the button that asks for it.

const PAUSE_MS = 700;
const RETRY_MS = 5000;
const KEPT = "已自动保存";
const KEEPING = "正在保存";
const NOT_KEPT = "网络中断，刚才填写的尚未保存，恢复后自动保存。";
const NOT_SENT = "网络中断，没有提交，已填写的内容仍在，请在网络恢复后再次提交。";
const NO_UPLOAD = "网络中断，文件没有上传完，恢复后可继续上传。";
const TOO_LARGE = "超过10兆字节，没有上传，请压缩或重新拍照。";
const MOST_BYTES = 10 * 1024 * 1024;
const TYPES = /^(image\/(jpeg|png|webp|heic|heif)|application\/pdf)$/;
const OTHER_TYPE = "不是照片或 PDF 文件，没有上传。";

// The version each form goes on from: the one it was opened with, then what its own keeping led to.
// Never the newest: of two windows the one that fell behind must be told so.
const versions = new WeakMap();
const waiting = new WeakMap();
const busy = new WeakSet();
// Sent in while it was being kept: it goes when that has ended. No press is left without an answer.
const pressed = new WeakSet();
const queues = new WeakMap();

export function mount({ work, rest, say, showFaults, clearFaults, go }) {
  const form = () => document.querySelector("form[data-rx=claim]");

  document.addEventListener("input", (event) => later(event.target));
  document.addEventListener("change", (event) => {
    if (event.target.dataset?.rx === "claim-file") return choose(event.target);
    later(event.target, 0);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset?.rx !== "claim") return;
    event.preventDefault();
    if (!busy.has(event.target)) return submit(event.target);
    pressed.add(event.target);
    work(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.rx === "claim-detach") detach(button);
    if (button?.dataset.rx === "claim-set") set(button);
    if (button?.dataset.rx === "claim-all") all(button);
    if (button && "rxAgain" in button.dataset) upload(button.closest("[data-rx-need]"));
  });
  addEventListener("online", () => {
    if (form()) keep(form());
    document.querySelectorAll("[data-rx-need]").forEach((box) => upload(box));
  });
  // Nothing typed is lost by leaving: what still waits goes out with the page.
  addEventListener("pagehide", () => {
    const open = form();
    if (open && waiting.has(open)) navigator.sendBeacon(open.dataset.save, body(open));
  });

  // What was typed before this script had come is kept now.
  for (const open of document.querySelectorAll("form[data-rx=claim]")) {
    if (changed(open)) later([...open.elements].find((field) => field.name), 0);
  }

  // What is sent together is first kept together: the button that asks for it waits its turn.
  async function all(button) {
    if (busy.has(button)) return;
    busy.add(button);
    button.setAttribute("aria-busy", "true");
    const forms = [...document.querySelectorAll("form[data-rx=claim]")];
    // What was typed before this script had come waits as well.
    forms.filter(changed).forEach((each) => waiting.has(each) || waiting.set(each, 0));
    const open = () => forms.some((each) => busy.has(each) || waiting.has(each));
    for (let tries = 0; tries < 50 && open(); tries++) {
      await Promise.all(forms.map(keep));
      if (open()) await new Promise((done) => setTimeout(done, 100));
    }
    busy.delete(button);
    button.removeAttribute("aria-busy");
    if (!open()) return document.querySelector("button[data-rx=claim-all-go]")?.click();
    const place = button.parentElement.querySelector("[data-rx-message]");
    if (place) place.textContent = NOT_SENT;
  }

  function later(field, pause = PAUSE_MS) {
    const open = field.form;
    if (open?.dataset.rx !== "claim" || !field.name) return;
    clearTimeout(waiting.get(open));
    waiting.set(open, setTimeout(() => keep(open), pause));
  }

  async function keep(open) {
    if (busy.has(open)) return later(open.elements[0] ?? open);
    if (!waiting.has(open)) return;
    clearTimeout(waiting.get(open));
    waiting.delete(open);
    busy.add(open);
    told(open, KEEPING);
    try {
      const { ok, data } = await post(open.dataset.save, body(open));
      if (ok) versions.set(open, data.version);
      told(open, ok ? `${KEPT}（${clock()}）` : "");
      if (ok) refresh();
      else say(open, data.message);
    } catch {
      told(open, NOT_KEPT);
      waiting.set(open, setTimeout(() => keep(open), RETRY_MS));
    }
    busy.delete(open);
    if (pressed.has(open)) submit(open);
  }

  async function submit(open) {
    clearTimeout(waiting.get(open));
    waiting.delete(open);
    busy.add(open);
    work(open);
    clearFaults(open);
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
      // A second press while it was being sent asked for what was already under way.
      pressed.delete(open);
      rest(open);
    }
  }

  // What is chosen outside the form is put into it and kept like anything typed.
  function set(button) {
    const open = form();
    const field = open?.elements[button.dataset.name];
    if (!field) return;
    field.value = button.dataset.value;
    clearFaults(open);
    later(field, 0);
  }

  async function detach(button) {
    if (busy.has(button)) return;
    busy.add(button);
    button.setAttribute("aria-busy", "true");
    const sent = new URLSearchParams({
      claim: button.dataset.rxClaim,
      evidence: button.dataset.rxEvidence,
    });
    const box = button.closest("[data-rx-need]");
    try {
      const { ok, data } = await post("/api/claims/detach", sent);
      fault(box, ok ? "" : data.message);
      refresh();
    } catch {
      fault(box, "网络中断，没有移除，请在网络恢复后再试。");
    }
    busy.delete(button);
    button.removeAttribute("aria-busy");
  }

  function choose(input) {
    const box = input.closest("[data-rx-need]");
    const wrong = [];
    const good = [...input.files].filter((file) => {
      // What the browser cannot name is for the server to judge.
      const why = file.size > MOST_BYTES ? TOO_LARGE : file.type && !TYPES.test(file.type) ? OTHER_TYPE : "";
      if (why) wrong.push(`${file.name}：${why}`);
      return !why;
    });
    queues.set(box, [...(queues.get(box) ?? []), ...good]);
    input.value = "";
    fault(box, wrong.join(" "));
    upload(box);
  }

  async function upload(box) {
    if (form()) known(form());
    const queue = queues.get(box) ?? [];
    if (!queue.length || busy.has(box)) return;
    busy.add(box);
    const bar = box.querySelector("[data-rx-uploading]");
    const again = box.querySelector("[data-rx-again]");
    bar.hidden = false;
    again.hidden = true;
    while (queue.length) {
      const [file] = queue;
      bar.querySelector("[data-rx-told]").textContent =
        `正在上传 ${file.name}` + (queue.length > 1 ? `，还有${queue.length - 1}份` : "");
      const { ok, status, data } = await send(box, file, (percent) => {
        bar.querySelector("[data-rx-progress]").value = percent;
      });
      if (status === 0) {
        fault(box, NO_UPLOAD);
        again.hidden = false;
        break;
      }
      queue.shift();
      if (!ok) fault(box, `${file.name}：${data.fields?.file ?? data.message ?? NO_UPLOAD}`);
      refresh();
    }
    bar.hidden = true;
    busy.delete(box);
  }

  function refresh() {
    document.querySelector("button[data-rx=claim-refresh]")?.click();
  }

  function fault(box, sentence) {
    const place = box?.querySelector("[data-rx-error-for]");
    if (place) place.textContent = sentence ?? "";
  }

  function told(open, sentence) {
    const place = open.querySelector("[data-rx-kept]");
    if (place) place.textContent = sentence;
  }
}

function changed(open) {
  return [...open.elements].some((field) =>
    field.options
      ? !field.options[field.selectedIndex]?.defaultSelected
      : field.name && field.type !== "hidden" && field.value !== field.defaultValue,
  );
}

function body(open) {
  const sent = new URLSearchParams(new FormData(open));
  sent.set("version", String(known(open)));
  return sent;
}

function known(open) {
  if (!versions.has(open)) versions.set(open, Number(open.dataset.version ?? 0));
  return versions.get(open);
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
function send(box, file, told) {
  const address = `/api/claims/evidence?${new URLSearchParams({
    claim: box.dataset.rxClaim,
    need: box.dataset.rxNeed,
  })}`;
  const sent = new FormData();
  sent.append("purpose", "claim");
  sent.append("file", file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => told(Math.round((100 * event.loaded) / event.total));
    request.onload = () =>
      done({ ok: request.status === 200, status: request.status, data: request.response ?? {} });
    request.onerror = request.onabort = () => done({ ok: false, status: 0, data: {} });
    request.send(sent);
  });
}

function clock() {
  return new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
}
