// Loaded on the teacher's screen. The code of the moment is asked for over plain HTTP, so that it
// goes on changing while the page's own connection is away.

const EVERY_MS = 3000;
const AGAIN_MS = 1000;
const WAIT_MS = 5000;
// A code that was not renewed for so long is worth nothing, and is not shown.
const STALE_MS = 25_000;
const OFFLINE = "网络中断，正在重试，二维码可能已过期。";
const SIGNED_OUT = "登录已失效，请重新登录后再打开签到。";
const BOXES = new WeakMap();

export function mount() {
  setInterval(() => {
    document.querySelectorAll("[data-rx=check-in]").forEach(look);
  }, AGAIN_MS);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-rx=full-screen]");
    if (button) enlarge(button.closest("[data-rx=check-in]"));
  });
  document.querySelectorAll("[data-rx=check-in]").forEach(look);
}

function look(box) {
  const source = box.dataset.source;
  if (BOXES.get(box)?.source !== source) {
    BOXES.set(box, { source, asked: -EVERY_MS, renewed: performance.now(), left: 0, busy: false });
  }
  const known = BOXES.get(box);
  const now = performance.now();
  part(box, "left").textContent = known.left > 0 ? `${known.left}秒后更换` : "";
  known.left = Math.max(0, known.left - 1);
  if (now - known.renewed > STALE_MS) part(box, "code").hidden = true;
  if (!known.busy && (now - known.asked >= EVERY_MS || known.left === 0)) ask(box, known);
}

async function ask(box, known) {
  known.busy = true;
  known.asked = performance.now();
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(known.source, { headers, signal: AbortSignal.timeout(WAIT_MS) });
    const data = await response.json().catch(() => ({}));
    response.ok ? show(box, known, data) : refuse(box, response.status, data);
  } catch {
    tell(box, OFFLINE);
  }
  known.busy = false;
}

function show(box, known, data) {
  const picture = part(box, "code");
  if (picture.getAttribute("src") !== data.picture) picture.src = data.picture;
  picture.hidden = false;
  known.renewed = performance.now();
  known.left = data.seconds;
  const others = data.not_enrolled ? `，其中${data.not_enrolled}人没有报名` : "";
  part(box, "count").textContent = `已签到${data.count}人${others}`;
  tell(box, "");
}

function refuse(box, status, data) {
  part(box, "code").hidden = true;
  tell(box, status === 401 ? SIGNED_OUT : (data.message ?? OFFLINE));
}

function tell(box, sentence) {
  const place = part(box, "told");
  if (place.textContent !== sentence) place.textContent = sentence;
}

function part(box, name) {
  return box.querySelector(`[data-rx-part=${name}]`);
}

function enlarge(box) {
  if (document.fullscreenElement) document.exitFullscreen();
  else box?.requestFullscreen?.().catch(() => {});
}
