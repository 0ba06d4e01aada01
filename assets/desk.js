// Loaded where a desk sends files in, takes lists out, or waits for work in the background.

const REFRESH_MS = 1000;
const BUSY = new WeakSet();
const UPLOAD_OFFLINE = "网络中断，文件没有上传，已选择的文件仍在，请在网络恢复后再试。";
const EXPORT_OFFLINE = "网络中断，名单没有导出，请在网络恢复后再试。";
const NO_FILE = "请选择要导入的文件。";

export function mount({ work, rest, say, showFaults, clearFaults, go }) {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-rx=collect], form[data-rx=export]");
    if (!form) return;
    event.preventDefault();
    if (!BUSY.has(form)) run(form, form.dataset.rx === "collect" ? upload : download);
  });

  setInterval(() => {
    if (document.hidden) return;
    document.querySelectorAll("button[data-rx=refresh]:enabled").forEach((each) => each.click());
  }, REFRESH_MS);

  async function run(form, action) {
    BUSY.add(form);
    work(form);
    clearFaults(form);
    try {
      await action(form);
    } finally {
      BUSY.delete(form);
      rest(form);
    }
  }

  async function upload(form) {
    const [file] = form.elements.file.files;
    if (!file) return showFaults(form, { fields: { file: NO_FILE } });
    const said = [...new FormData(form)].filter(([, word]) => typeof word === "string");
    const address = new URL(form.getAttribute("action"), location.href);
    address.search = new URLSearchParams({ kind: "people", ...Object.fromEntries(said), name: file.name });
    const bar = form.querySelector("[data-rx-uploading]");
    bar.hidden = false;
    const { ok, data } = await send(address, file, (percent) => {
      form.querySelector("[data-rx-progress]").value = percent;
    });
    bar.hidden = true;
    if (ok && data.ok) return go(data.next);
    data.message || data.fields ? showFaults(form, data) : say(form, UPLOAD_OFFLINE);
  }

  async function download(form) {
    try {
      const body = new URLSearchParams(new FormData(form));
      const headers = { Accept: "application/json" };
      const response = await fetch(form.getAttribute("action"), { method: "POST", headers, body });
      if (response.ok) return keep(await response.blob(), nameOf(response));
      showFaults(form, await response.json().catch(() => ({})));
    } catch {
      say(form, EXPORT_OFFLINE);
    }
  }
}

// Only this kind of request tells how much of the file has left.
function send(address, file, told) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => told(Math.round((100 * event.loaded) / event.total));
    request.onload = () =>
      done({ ok: request.status === 200, data: request.response ?? {} });
    request.onerror = request.onabort = () => done({ ok: false, data: {} });
    request.send(file);
  });
}

function nameOf(response) {
  const said = response.headers.get("Content-Disposition") ?? "";
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(said)?.[1];
  return encoded ? decodeURIComponent(encoded) : "名单.xlsx";
}

function keep(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
