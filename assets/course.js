// Loaded where courses are made: sends films and packages piece by piece and goes on after an
// interruption, sends tables of questions and pictures. What the page shows comes from the server.

const RETRY_MS = [2000, 5000, 10_000, 30_000];
const ENDS_BYTES = 64 * 1024;
const LOST = "网络中断，已上传的部分仍在，恢复后自动继续。";
const NOT_SENT = "网络中断，文件没有上传，请在网络恢复后重新选择。";
const GONE_WRONG = "没有上传成功，已上传的部分仍在，请稍后点“继续上传”。";
const SIGNED_OUT = "登录已过期，请重新登录后选择同一个文件继续上传。";
const NOT_CANCELLED = "没有取消，请稍后再试。";
const CHANGED = "文件在上传时被改动或移走了，请重新选择文件。";

// What each box is sending: its file, and whether somebody paused it.
const sending = new WeakMap();

export function mount() {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.dataset?.rx === "film-file") choose(input);
    if (input.dataset?.rx === "course-file") sendWhole(input);
  });
  // What was chosen before this script had come is sent now.
  const chosen = (role) => [...document.querySelectorAll(`[data-rx=${role}]`)].filter((input) => input.files?.length);
  chosen("film-file").forEach(choose);
  chosen("course-file").forEach(sendWhole);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    const box = button?.closest("[data-rx=film]");
    if (box && "rxPause" in button.dataset) pause(box);
    if (box && "rxAgain" in button.dataset) goOn(box);
    if (button && "rxCancel" in button.dataset) cancel(button, box);
  });
  addEventListener("online", () => document.querySelectorAll("[data-rx=film]").forEach(wake));
  // Half a film is kept, but its owner should know that it is half a film.
  addEventListener("beforeunload", (event) => {
    const boxes = [...document.querySelectorAll("[data-rx=film]")];
    if (boxes.some((box) => sending.get(box)?.running)) event.preventDefault();
  });
}

function choose(input) {
  const [file] = input.files;
  const box = input.closest("[data-rx=film]");
  input.value = "";
  if (!file || sending.get(box)?.running) return;
  sending.set(box, { file, running: false, paused: false, cancelled: false, wake: null });
  goOn(box);
}

function pause(box) {
  const work = sending.get(box);
  if (!work) return;
  work.paused = true;
  work.wake?.();
  told(box, "正在暂停");
}

// What is being sent here, or, of one that was left half-sent or failed, what the button names.
async function cancel(button, box) {
  const work = box && sending.get(box);
  if (work?.running) return stop(box, work);
  const upload = button.dataset.upload ?? work?.upload;
  const boxes = [...document.querySelectorAll("[data-rx=film]")];
  const mine = boxes.find((each) => String(sending.get(each)?.upload) === String(upload));
  if (mine && sending.get(mine).running) return stop(mine, sending.get(mine));
  if (upload) await drop(mine ?? boxes[0], upload);
}

function stop(box, work) {
  work.cancelled = true;
  work.request?.abort();
  work.wake?.();
  told(box, "正在取消");
}

async function drop(box, upload) {
  const { status, data } = await post("/api/courses/cancel", { upload: String(upload) });
  if (status === 200 || status === 404) sending.delete(box);
  fault(box, status === 200 || status === 404 ? "" : status === 401 ? SIGNED_OUT : data.message ?? NOT_CANCELLED);
  again(box, sending.has(box));
  refresh();
}

function wake(box) {
  sending.get(box)?.wake?.();
}

async function goOn(box) {
  const work = sending.get(box);
  if (!work || work.running) return;
  Object.assign(work, { running: true, paused: false });
  fault(box, "");
  show(box, true);
  try {
    await upload(box, work);
  } catch (error) {
    if (!work.cancelled) fault(box, error.sentence ?? GONE_WRONG);
    again(box, error.final !== true && !work.cancelled);
  }
  work.running = false;
  show(box, false);
  if (work.cancelled && work.upload) return drop(box, work.upload);
  if (work.cancelled) sending.delete(box);
  refresh();
}

async function upload(box, work) {
  const { file } = work;
  const { kind, target } = box.dataset;
  const mark = await markOf(file);
  const begun = { kind, target, name: file.name, size: String(file.size), mark };
  let at = await asked(box, work, () => post("/api/courses/begin", begun));
  while (at.received < at.size) {
    if (work.paused) {
      told(box, `已暂停，已上传 ${percentOf(at.received, at.size)}%`);
      throw { sentence: `已暂停，已上传 ${percentOf(at.received, at.size)}%。` };
    }
    at = await asked(box, work, () => sendPiece(box, work, at));
  }
  told(box, "已上传，等待检查");
  await asked(box, work, () => post("/api/courses/finish", { upload: String(at.upload) }));
  again(box, false);
  sending.delete(box);
}

// Asks until there is a definite answer: a lost network is waited for, a refusal ends it.
async function asked(box, work, ask) {
  for (let tries = 0; ; tries++) {
    const { status, data } = await ask();
    if (status === 200) work.upload = data.upload ?? work.upload;
    if (work.cancelled) throw { final: true };
    if (status === 200) return data;
    // Somebody, or an answer that was lost, came first: go on from what the server has.
    if (status === 409 && Number.isInteger(data.received) && tries < 5) {
      const known = await get(`/api/courses/progress?upload=${data.upload ?? work.upload}`);
      if (known.status === 200 && known.data.status === "receiving") {
        await wait(work, RETRY_MS[0]);
        return known.data;
      }
    }
    if (status === 401) throw { sentence: SIGNED_OUT, final: true };
    if (status && status !== 429 && status < 500) throw refusal(data);
    if (status === 429) throw { sentence: data.message };
    told(box, data.message ?? LOST);
    await wait(work, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    if (work.cancelled) throw { final: true };
    if (work.paused) throw { sentence: "已暂停。" };
  }
}

function refusal(data) {
  return { sentence: data.fields?.file ?? data.message, final: true };
}

function wait(work, ms) {
  return new Promise((done) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      work.wake = null;
      done();
    }
    work.wake = end;
  });
}

async function sendPiece(box, work, at) {
  const { file } = work;
  const address = `/api/courses/piece?upload=${at.upload}&offset=${at.received}`;
  const part = file.slice(at.received, at.received + at.piece);
  const percent = (loaded) => {
    const sent = percentOf(at.received + loaded, at.size);
    box.querySelector("[data-rx-progress]").value = sent;
    told(box, `正在上传 ${file.name}，已上传 ${sent}%`);
  };
  percent(0);
  const answer = await send(address, part, percent, work);
  if (answer.status === 409) answer.data = { ...answer.data, upload: at.upload };
  return answer;
}

// Only this kind of request tells how much has left.
function send(address, body, told, work = {}) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    // Within reach of whoever cancels.
    work.request = request;
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => told(event.loaded);
    request.onload = () => done({ status: request.status, data: request.response ?? {} });
    request.onerror = request.onabort = () => done({ status: 0, data: {} });
    request.send(body);
  });
}

async function post(path, fields) {
  try {
    const body = new URLSearchParams(fields);
    const response = await fetch(path, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
    });
    return { status: response.status, data: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, data: {} };
  }
}

async function get(path) {
  try {
    const response = await fetch(path, { headers: { Accept: "application/json" } });
    return { status: response.status, data: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, data: {} };
  }
}

// By its first and last bytes a file is known again, on another device as well. Plain arithmetic:
// the browser's own digests are missing where the page came over http.
async function markOf(file) {
  try {
    const ends = [file.slice(0, ENDS_BYTES), file.slice(Math.max(0, file.size - ENDS_BYTES))];
    const sums = await Promise.all(ends.map(async (end) => sum(await end.arrayBuffer())));
    return sums.join("-");
  } catch {
    throw { sentence: CHANGED, final: true };
  }
}

function sum(buffer) {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

// A table of questions or a picture: small enough to go in one piece.
async function sendWhole(input) {
  const [file] = input.files;
  const box = input.closest("[data-rx-box]");
  if (!file || box.dataset.busy) return;
  box.dataset.busy = "1";
  fault(box, "");
  told(box, `正在上传 ${file.name}`);
  if (file.size > Number(input.dataset.most)) {
    fault(box, `文件超过${Math.round(input.dataset.most / 1048576)}兆字节，请减小后再上传。`);
  } else {
    const address = new URL(input.dataset.to, location.href);
    address.searchParams.set("name", file.name);
    const { status, data } = await send(address, file, () => {});
    if (status === 0) fault(box, NOT_SENT);
    else if (status !== 200) fault(box, data.fields?.file ?? data.message ?? NOT_SENT);
  }
  told(box, "");
  input.value = "";
  delete box.dataset.busy;
  refresh();
}

function percentOf(received, size) {
  return Math.floor((100 * received) / Math.max(1, size));
}

function refresh() {
  document.querySelector("button[data-rx=course-refresh]")?.click();
}

function show(box, on) {
  box.querySelector("[data-rx-uploading]").hidden = !on;
  if (on) again(box, false);
}

function again(box, on) {
  box.querySelector("[data-rx-again]").hidden = !on;
}

function told(box, sentence) {
  const place = box.querySelector("[data-rx-told]");
  if (place) place.textContent = sentence;
}

function fault(box, sentence) {
  const place = box.querySelector("[data-rx-fault]");
  if (place) place.textContent = sentence ?? "";
}
