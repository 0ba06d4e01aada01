// Loaded where a claim is filled in: keeps what is typed on the server, sends its proofs, sends it
// in. What the page shows of it comes from the server again, by the button that asks for it.

import { keeping, post, sendAll } from "./keeping.js";

const NOT_SENT = "网络中断，没有提交，已填写的内容仍在，请在网络恢复后再次提交。";
const NO_UPLOAD = "网络中断，文件没有上传完，恢复后可继续上传。";
const TOO_LARGE = "超过10兆字节，没有上传，请压缩或重新拍照。";
const MOST_BYTES = 10 * 1024 * 1024;
const TYPES = /^(image\/(jpeg|png|webp|heic|heif)|application\/pdf)$/;
const OTHER_TYPE = "不是照片或 PDF 文件，没有上传。";

const busy = new WeakSet();
const queues = new WeakMap();

export function mount(page) {
  const keeper = keeping({
    role: "claim", save: (open) => open.dataset.save, refresh, notSent: NOT_SENT, page,
  });
  const form = () => document.querySelector("form[data-rx=claim]");

  document.addEventListener("change", (event) => {
    if (event.target.dataset?.rx === "claim-file") choose(event.target);
  });
  // What was chosen before this script had come is sent now.
  document.querySelectorAll("[data-rx=claim-file]").forEach((input) => input.files.length && choose(input));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.rx === "claim-detach") detach(button);
    if (button?.dataset.rx === "claim-set") set(button);
    if (button?.dataset.rx === "claim-all") all(button);
    if (button && "rxAgain" in button.dataset) upload(button.closest("[data-rx-need]"));
  });
  addEventListener("online", () => {
    document.querySelectorAll("[data-rx-need]").forEach((box) => upload(box));
  });

  // What is sent together is first kept together: the button that asks for it waits its turn.
  async function all(button) {
    if (busy.has(button)) return;
    busy.add(button);
    button.setAttribute("aria-busy", "true");
    const forms = [...document.querySelectorAll("form[data-rx=claim]")];
    // What was typed before this script had come waits as well.
    forms.filter(keeper.changed).forEach((each) => keeper.unkept(each) || keeper.keepSoon(each));
    const open = () => forms.some(keeper.unkept);
    for (let tries = 0; tries < 50 && open(); tries++) {
      await Promise.all(forms.map(keeper.keep));
      if (open()) await new Promise((done) => setTimeout(done, 100));
    }
    busy.delete(button);
    button.removeAttribute("aria-busy");
    if (!open()) return document.querySelector("button[data-rx=claim-all-go]")?.click();
    const place = button.parentElement.querySelector("[data-rx-message]");
    if (place) place.textContent = NOT_SENT;
  }

  // What is chosen outside the form is put into it and kept like anything typed.
  function set(button) {
    const open = form();
    const field = open?.elements[button.dataset.name];
    if (!field) return;
    field.value = button.dataset.value;
    page.clearFaults(open);
    keeper.later(field, 0);
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
    // One queue for the box: what is chosen while others are on their way joins them.
    if (!queues.has(box)) queues.set(box, []);
    queues.get(box).push(...good);
    input.value = "";
    fault(box, wrong.join(" "));
    upload(box);
  }

  async function upload(box) {
    // A file makes the claim newer: the form goes on from the version it was opened with.
    if (form()) keeper.known(form());
    const queue = queues.get(box) ?? [];
    if (!queue.length || busy.has(box)) return;
    busy.add(box);
    const { rxClaim: claim, rxNeed: need } = box.dataset;
    await sendAll(queue, {
      box,
      counted: "份",
      ask: () => ({
        address: `/api/claims/evidence?${new URLSearchParams({ claim, need })}`,
        fields: { purpose: "claim" },
      }),
      fault: (sentence) => fault(box, sentence),
      refresh,
      lost: NO_UPLOAD,
    });
    busy.delete(box);
  }

  function refresh() {
    document.querySelector("button[data-rx=claim-refresh]")?.click();
  }

  function fault(box, sentence) {
    const place = box?.querySelector("[data-rx-error-for]");
    if (place) place.textContent = sentence ?? "";
  }
}
