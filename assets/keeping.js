// A form that is kept on the server at every change and then sent in: claims and notices.

const PAUSE_MS = 700;
const RETRY_MS = 5000;
const KEPT = "已自动保存";
const KEEPING = "正在保存";
const NOT_KEPT = "网络中断，刚才填写的尚未保存，恢复后自动保存。";
const AWAY = "平台暂时不能保存，刚才填写的仍在，恢复后自动保存。";

// `role` is the form's data-rx, `save` where it is kept, `refresh` asks the server what to show of
// it, `notSent` is said when sending in meets no network; `page` is what app.js hands to a module.
export function keeping({ role, save, refresh, notSent, page, clear = page.clearFaults }) {
  const { work, rest, say, showFaults, go } = page;
  // The version each form goes on from: the one it was opened with, then what its own keeping led
  // to. Never the newest: of two windows the one that fell behind must be told so.
  const versions = new WeakMap();
  const waiting = new WeakMap();
  const busy = new WeakSet();
  // Sent in while it was being kept: it goes when that has ended. No press is left without an answer.
  const pressed = new WeakSet();
  const forms = () => [...document.querySelectorAll(`form[data-rx=${role}]`)];

  document.addEventListener("input", (event) => later(event.target));
  document.addEventListener("change", (event) => later(event.target, 0));
  document.addEventListener("submit", (event) => {
    if (event.target.dataset?.rx !== role) return;
    event.preventDefault();
    if (!busy.has(event.target)) return submit(event.target);
    pressed.add(event.target);
    work(event.target);
  });
  addEventListener("online", () => forms().forEach(keep));
  // Nothing typed is lost by leaving: what still waits goes out with the page.
  addEventListener("pagehide", () => {
    for (const open of forms().filter((each) => waiting.has(each))) {
      navigator.sendBeacon(save(open), body(open));
    }
  });
  // What was typed before the script had come is kept now.
  for (const open of forms().filter(changed)) keepSoon(open, 0);

  function later(field, pause = PAUSE_MS) {
    if (field.form?.dataset.rx === role && field.name && field.type !== "file") keepSoon(field.form, pause);
  }

  function keepSoon(open, pause = PAUSE_MS) {
    clearTimeout(waiting.get(open));
    waiting.set(open, setTimeout(() => keep(open), pause));
  }

  async function keep(open) {
    if (!waiting.has(open)) return;
    if (busy.has(open)) return keepSoon(open, PAUSE_MS);
    clearTimeout(waiting.get(open));
    waiting.delete(open);
    busy.add(open);
    // What is not kept yet stays in sight while it is tried once more.
    if (!placeOf(open)?.classList.contains("offline")) told(open, KEEPING);
    try {
      const { ok, away, data } = await post(save(open), body(open));
      if (ok) versions.set(open, data.version);
      told(open, ok ? `${KEPT}（${clock()}）` : away ? AWAY : "", away);
      if (ok) refresh();
      else if (!away) say(open, data.message);
      if (away) keepSoon(open, RETRY_MS);
    } catch {
      told(open, NOT_KEPT, true);
      keepSoon(open, RETRY_MS);
    }
    busy.delete(open);
    if (pressed.has(open)) submit(open);
  }

  async function submit(open) {
    clearTimeout(waiting.get(open));
    waiting.delete(open);
    busy.add(open);
    work(open);
    clear(open);
    try {
      const { ok, away, data } = await post(open.getAttribute("action"), body(open));
      if (ok && data.ok) return go(data.next);
      // What was typed was kept even so, under the version the answer names.
      if (data.version) versions.set(open, data.version);
      refresh();
      showFaults(open, data);
      if (away) keepSoon(open, RETRY_MS);
      open.querySelector("[aria-invalid=true], .field-error:not(:empty)")?.scrollIntoView({ block: "center" });
    } catch {
      say(open, notSent);
      keepSoon(open, RETRY_MS);
    } finally {
      busy.delete(open);
      // A second press while it was being sent asked for what was already under way.
      pressed.delete(open);
      rest(open);
    }
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

  const unkept = (open) => busy.has(open) || waiting.has(open);
  return { later, keep, keepSoon, known, changed, unkept };
}

export async function post(path, sent) {
  const response = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: sent,
  });
  const data = await response.json().catch(() => ({}));
  return { ok: response.ok, away: response.status >= 500, data };
}

// Sends the files of a queue one after the other, each with its progress; where the network is lost
// the rest waits for another press. `ask` takes a file and gives address and fields.
export async function sendAll(queue, { box, counted, ask, fault, refresh, lost }) {
  const bar = box.querySelector("[data-rx-uploading]");
  const again = box.querySelector("[data-rx-again]");
  bar.hidden = false;
  again.hidden = true;
  while (queue.length) {
    const [file] = queue;
    bar.querySelector("[data-rx-told]").textContent =
      `正在上传 ${file.name}` + (queue.length > 1 ? `，还有${queue.length - 1}${counted}` : "");
    const { status, data } = await send(file, ask(file), (percent) => {
      bar.querySelector("[data-rx-progress]").value = percent;
    });
    if (status === 0 || status >= 500) {
      fault(data?.message ?? lost);
      again.hidden = false;
      break;
    }
    queue.shift();
    if (status !== 200) fault(`${file.name}：${data?.fields?.file ?? data?.message ?? lost}`);
    refresh();
  }
  bar.hidden = true;
}

// Only this kind of request tells how much of the file has left.
function send(file, { address, fields = {} }, told) {
  const sent = new FormData();
  for (const [name, value] of Object.entries(fields)) sent.append(name, value);
  sent.append("file", file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => told(Math.round((100 * event.loaded) / event.total));
    request.onload = () => done({ status: request.status, data: request.response });
    request.onerror = request.onabort = () => done({ status: 0, data: {} });
    request.send(sent);
  });
}

// That something is not kept is said where it is seen wherever one types.
function told(open, sentence, unkept = false) {
  const place = placeOf(open);
  if (!place) return;
  place.textContent = sentence;
  place.classList.toggle("offline", unkept);
}

function placeOf(open) {
  return open.querySelector("[data-rx-kept]");
}

function changed(open) {
  return [...open.elements].some((field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return !field.options[field.selectedIndex]?.defaultSelected;
    return field.name && field.type !== "hidden" && field.value !== field.defaultValue;
  });
}

function clock() {
  return new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
}
