// Watching a lesson. The server alone decides what counts: this module plays, reports where it
// is, obeys, and says what the server said. Nothing is credited here.

const ASK_WITHIN_MS = 4000;
const OPEN_WITHIN_MS = 8000;
const LONGEST_PAUSE_MS = 8000;
const BACK_MS = 10_000;
// Between two reports the film is further than what is credited; behind it by more is a review.
const BEHIND_MS = 1500;
const JUMP_MS = 1000;
const SHOW_RIGHT_MS = 1000;
const DRAWN_ANEW_MS = 60_000;

const KINDS = { single: "单选题", multiple: "多选题，可选多项", true_false: "判断题" };
const LOST = {
  offline: "网络中断，视频已暂停，恢复后会自动继续",
  busy: "平台繁忙，视频已暂停，稍后会自动继续",
};
const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  back: "M12 5V1L6 6l6 5V7a6 6 0 1 1-6 6H4a8 8 0 1 0 8-8z",
  sound: "M4 9v6h4l5 5V4L8 9zM16 8.5a4 4 0 0 1 0 7zM16 5.2v-2a9 9 0 0 1 0 17.6v-2a7 7 0 0 0 0-13.6z",
  mute: "M4 9v6h4l5 5V4L8 9zM16.4 9 15 10.4l1.6 1.6-1.6 1.6 1.4 1.4 1.6-1.6 1.6 1.6 1.4-1.4-1.6-1.6 1.6-1.6L19.6 9 18 10.6z",
  full: "M5 5h6v2H7v4H5zM13 5h6v6h-2V7h-4zM5 13h2v4h4v2H5zM17 13h2v6h-6v-2h4z",
};

/** Fills an empty container and returns the function that takes everything down again. */
export function mount(box) {
  loadStyle();
  const player = new Player(box);
  player.want = goesOn(box);
  player.open();
  const path = location.pathname;
  return () => {
    // A page that is drawn anew where it was (its line to the service broke) was not left.
    if (player.want && player.mode === "live" && location.pathname === path)
      interrupted = { lesson: box.dataset.lesson, at: now() };
    player.close();
  };
}

let interrupted = null;

function goesOn(box) {
  const same = interrupted?.lesson === box.dataset.lesson;
  const soon = same && now() - interrupted.at < DRAWN_ANEW_MS;
  interrupted = null;
  return soon;
}

class Player {
  constructor(box) {
    this.box = box;
    this.life = new AbortController();
    this.mode = "opening"; // opening | live | free | stopped
    this.want = false; // the learner wants the film to run
    this.refused = false; // the browser would not start it without a finger
    this.lost = null; // offline | busy
    this.credited = 0;
    this.length = 0;
    this.played = 0; // how far the film ran by itself
    this.final = ""; // the sentence that stays
    this.mediaFaults = 0;
    this.screen = new Screen(this);
    this.video = this.screen.video;
    this.quiz = new Quiz(this);
    this.listen();
    this.render();
  }

  // ---- one sitting --------------------------------------------------------------------------

  async open() {
    this.sitting?.abort();
    const sitting = (this.sitting = new AbortController());
    Object.assign(this, { mode: "opening", watch: null, seq: 0, beating: false, again: false });
    Object.assign(this, { lost: null, final: "" });
    this.quiz.dismiss();
    this.screen.offer([]);
    this.render();
    const body = { lesson_id: Number(this.box.dataset.lesson) };
    const data = await this.ask("/api/watch/open", body, { within: OPEN_WITHIN_MS });
    if (data && sitting === this.sitting) this.begin(data);
  }

  begin(data) {
    this.watch = data.watch;
    this.beatMs = data.beat_ms;
    this.mode = data.completed ? "free" : "live";
    this.hearCredit(data);
    this.screen.shorten(data.shortened);
    this.beatAt = now();
    this.load(data.video, data.completed ? this.place : data.credited_ms);
    if (data.completed) this.offerNext();
    else if (data.quiz || data.wait_ms) this.quiz.begin(data.quiz, data.wait_ms);
    this.settle();
  }

  load(address, at_ms) {
    this.video.src = address;
    this.goTo(at_ms);
    // Some phones forget a place given before the film is known.
    const again = () => Math.abs(this.place - at_ms) > JUMP_MS && this.goTo(at_ms);
    this.on(this.video, "loadedmetadata", again, { once: true });
  }

  close() {
    this.lastWord();
    this.life.abort();
    this.sitting?.abort();
    clearTimeout(this.timer);
    this.quiz.dismiss();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.box.replaceChildren();
  }

  // Leaving by a link inside the site: the last seconds still count.
  lastWord() {
    if (this.mode !== "live" || this.quiz.on || this.beating || !this.want || !this.watch) return;
    fetch("/api/watch/beat", message(this.report(), { keepalive: true })).catch(() => {});
  }

  // ---- the line to the server ---------------------------------------------------------------

  /** Sends until the server answers. Null when it refused (and that was said) or all is over. */
  async ask(path, body, { within, keepalive, refused } = {}) {
    const { signal } = this.sitting;
    for (let tries = 0; !signal.aborted; tries++) {
      const answer = await post(path, body, { signal, keepalive, within: within ?? this.patience });
      if (signal.aborted) return null;
      if (answer.status && answer.status !== 429 && answer.status < 500) {
        this.found();
        if (answer.status === 200) return answer.data;
        if (!refused?.(answer)) this.refuse(answer, path);
        return null;
      }
      this.lose(answer.status ? "busy" : "offline");
      await rest(Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** tries), signal);
    }
    return null;
  }

  get patience() {
    return Math.min(ASK_WITHIN_MS, Math.max(2500, this.beatMs ?? ASK_WITHIN_MS));
  }

  lose(why) {
    this.lost = why;
    this.settle();
  }

  found() {
    if (!this.lost) return;
    this.lost = null;
    this.settle();
  }

  refuse({ status, data }, path) {
    const replaced = status === 409 && path !== "/api/watch/open";
    if (status === 401)
      this.stop("登录已失效，已计入的学习进度已保存，请登录后继续", [
        link("去登录", "/sign-in", "player-sign-in"),
      ]);
    else if (replaced && (data.error ?? "superseded") === "superseded")
      this.stop("已在另一窗口或设备打开，此处已停止", [
        button("在此继续", "player-here", () => this.continueHere()),
      ]);
    else
      this.stop(data.message || "这一课时暂时不能播放，已计入的学习进度不变", [
        (replaced || status === 422) && button("重新打开", "player-again", () => this.continueHere()),
        link("返回课程", this.box.dataset.courseUrl, "player-course"),
      ]);
  }

  stop(sentence, actions) {
    this.sitting.abort();
    clearTimeout(this.timer);
    Object.assign(this, { mode: "stopped", want: false, lost: null, final: sentence });
    this.quiz.dismiss();
    this.screen.offer(actions.filter(Boolean));
    this.settle();
  }

  continueHere() {
    this.want = true;
    this.open();
  }

  // ---- beats --------------------------------------------------------------------------------

  get place() {
    return Math.max(0, Math.round((this.video.currentTime || 0) * 1000));
  }

  report() {
    const playing = !this.video.paused && !this.video.ended;
    return { watch: this.watch, seq: ++this.seq, position_ms: this.place, playing };
  }

  // One at a time: a beat is repeated under its number until it is answered, and whatever
  // happened meanwhile is told by the next.
  async beat() {
    if (this.mode !== "live" || this.quiz.on) return;
    if (this.beating) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    const { sitting } = this;
    Object.assign(this, { beating: true, again: false, beatAt: now() });
    const data = await this.ask("/api/watch/beat", this.report(), { keepalive: true });
    if (!data || sitting !== this.sitting) return;
    this.beating = false;
    this.hear(data);
    if (this.again) this.beat();
    else this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    const standing = this.video.paused && !this.atEnd;
    if (this.mode !== "live" || this.quiz.on || standing) return;
    this.timer = setTimeout(() => this.beat(), Math.max(0, this.beatAt + this.beatMs - now()));
  }

  get atEnd() {
    return this.want && this.video.ended;
  }

  hear(data) {
    this.hearCredit(data);
    if (data.completed || data.verdict === "finished") return this.complete(data);
    if (data.seek_to_ms !== null && data.seek_to_ms !== undefined) this.goTo(data.seek_to_ms);
    if (data.quiz || data.verdict === "quiz_due") this.quiz.begin(data.quiz, data.wait_ms);
    this.settle();
  }

  hearCredit(data) {
    this.credited = data.credited_ms ?? this.credited;
    this.length = data.length_ms ?? this.length;
    this.render();
  }

  complete(data) {
    clearTimeout(this.timer);
    this.mode = "free";
    this.want = this.running && !this.video.ended;
    this.final = data.course_completed && data.hours
      ? `已完成本课程，获得 ${data.hours} 学时，已自动记入学习档案`
      : data.message || "已完成本课时";
    this.offerNext();
    this.render();
  }

  offerNext() {
    const { nextUrl, courseUrl } = this.box.dataset;
    this.screen.offer([
      ...(nextUrl ? [link("下一课时", nextUrl, "player-next")] : []),
      ...(courseUrl ? [link("返回课程", courseUrl, "player-course")] : []),
      link("查看我的学时", "/", "player-hours"),
    ]);
  }

  // ---- playing ------------------------------------------------------------------------------

  get blocked() {
    const open = this.mode === "live" || this.mode === "free";
    return !open || this.quiz.asking || Boolean(this.lost);
  }

  /** Brings the film into the state it should be in, and the words with it. */
  settle() {
    if (this.blocked || !this.want) this.video.pause();
    else if (this.video.paused && !(this.mode === "live" && this.video.ended)) this.start();
    this.render();
  }

  start() {
    this.video.play()?.then(
      () => (this.refused = false),
      (error) => {
        // A browser may ask for a finger on the button before it plays with sound.
        if (error.name !== "NotAllowedError" || this.life.signal.aborted) return;
        Object.assign(this, { want: false, refused: true });
        this.render();
      },
    );
  }

  toggle() {
    if (this.blocked) return;
    this.want = this.video.paused;
    if (this.want && this.mode === "live" && this.video.ended && !this.quiz.on) this.endAgain();
    this.settle();
  }

  endAgain() {
    if (this.credited < this.length - JUMP_MS) this.goTo(this.credited);
    this.beat();
  }

  /** The furthest place a finger may go to. */
  get limit() {
    if (this.quiz.review) return this.quiz.review.to;
    return this.mode === "free" ? this.length : this.credited;
  }

  get floor() {
    return this.quiz.review?.from ?? 0;
  }

  seek(ms) {
    if (this.blocked) return;
    if (!this.video.paused) this.beat();
    this.goTo(Math.min(Math.max(ms, this.floor), Math.max(this.limit, this.floor)));
    this.render();
  }

  goTo(ms) {
    this.played = ms;
    this.video.currentTime = ms / 1000;
  }

  // ---- what happens -------------------------------------------------------------------------

  on(target, names, act, options) {
    for (const name of names.split(" "))
      target.addEventListener(name, act, { signal: this.life.signal, ...options });
  }

  listen() {
    const { video } = this;
    this.on(video, "timeupdate", () => this.moved());
    this.on(video, "seeking", () => this.guard());
    this.on(video, "ratechange", () => video.playbackRate !== 1 && (video.playbackRate = 1));
    this.on(video, "play", () => this.started());
    this.on(video, "pause", () => this.paused());
    this.on(video, "ended", () => this.ended());
    this.on(video, "waiting playing canplay volumechange durationchange", () => this.render());
    this.on(video, "error", () => this.mediaFault());
    this.on(document, "visibilitychange", () => document.hidden && this.running && this.beat());
    this.on(window, "pagehide", () => this.running && this.beat());
    this.on(window, "pageshow", (event) => event.persisted && this.beat());
    this.on(window, "offline", () => this.running && this.beat());
    this.on(document, "keydown", (event) => this.key(event));
  }

  get running() {
    return !this.video.paused || this.atEnd;
  }

  moved() {
    const { video } = this;
    if (!video.seeking) this.played = Math.max(this.played, this.place);
    if (this.quiz.review && this.place >= this.quiz.review.to) return this.quiz.endReview();
    // A hidden page's timers run late; the film's own clock does not.
    if (!video.paused && now() - this.beatAt >= this.beatMs) this.beat();
    if (this.place > this.credited) this.mediaFaults = 0;
    this.render();
  }

  // Whoever moved the film, it does not go where it has not been.
  guard() {
    if (this.mode === "free" && !this.quiz.review) return;
    const furthest = this.quiz.review ? this.limit : Math.max(this.limit, this.played);
    if (this.place > furthest + JUMP_MS) this.goTo(this.limit);
  }

  started() {
    if (this.blocked) return this.video.pause();
    Object.assign(this, { want: true, refused: false, final: "" });
    this.beat();
    this.render();
  }

  paused() {
    if (!this.video.paused) return;
    // Not ours and not the end: the system or a headset stopped the film.
    if (!this.blocked && !this.video.ended) this.want = false;
    if (!this.lost) this.beat();
    this.render();
  }

  ended() {
    if (this.quiz.review) return this.quiz.endReview();
    if (this.mode === "free") this.want = false;
    this.beat();
    this.render();
  }

  // The film's address is short-lived and the network may fail: ask for a new one. The beat
  // goes first, so that a window already replaced does not take the lesson back.
  async mediaFault() {
    if (this.mode !== "live" && this.mode !== "free") return;
    if (++this.mediaFaults > 4)
      return this.stop("视频暂时无法播放，已计入的学习进度不变", [
        button("重新打开", "player-again", () => this.tryAgain()),
        link("返回课程", this.box.dataset.courseUrl, "player-course"),
      ]);
    const { sitting } = this;
    if (!this.beating) await this.beat();
    await rest(500 * 2 ** this.mediaFaults, this.life.signal);
    if (sitting === this.sitting && !sitting.signal.aborted) this.open();
  }

  tryAgain() {
    this.mediaFaults = 0;
    this.continueHere();
  }

  key(event) {
    const { target } = event;
    const inside = this.box.contains(target);
    if (this.quiz.asking || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!inside && target !== document.body) return;
    const range = target.type === "range";
    if (event.key === " " && !target.closest("button, a")) this.toggle();
    else if (event.key === "ArrowLeft" && !range) this.seek(this.place - BACK_MS);
    else if (event.key === "ArrowRight" && !range) this.seek(this.place + BACK_MS);
    else if (event.key === "Escape" && this.screen.filled) this.screen.fill(false);
    else return;
    event.preventDefault();
  }

  // ---- words --------------------------------------------------------------------------------

  render() {
    if (this.life.signal.aborted) return;
    this.screen.draw(this);
    this.quiz?.draw();
  }

  /** The sentence under the film, and its tone. */
  get said() {
    if (this.mode === "stopped") return [this.final, "bad"];
    if (this.lost) return [LOST[this.lost], "warn"];
    if (this.mode === "opening") return ["正在打开课时", "plain"];
    if (this.quiz.review) return ["正在回看这一段，不重复计入，看完后返回答题", "plain"];
    if (this.quiz.on) return ["请先回答弹题", "warn"];
    if (this.mode === "free")
      return [this.final || "本课时已完成，可自由回看，不重复计入", "good"];
    return this.saidWhileLearning;
  }

  get saidWhileLearning() {
    const { video } = this;
    if (this.atEnd) return ["视频已播完，正在登记学习进度，请稍候", "plain"];
    if (this.refused) return ["请点击“继续播放”", "warn"];
    if (video.paused && !this.want && !this.credited) return ["点击播放开始学习", "plain"];
    if (video.paused && !this.want) return [`已暂停，已计入 ${span(this.credited)}`, "plain"];
    if (video.readyState < 3) return ["正在缓冲，请稍候", "plain"];
    if (this.place < this.credited - BEHIND_MS) return ["正在回看，不重复计入", "plain"];
    return ["计入中", "good"];
  }
}

// ---- the pop quiz -----------------------------------------------------------------------------

class Quiz {
  constructor(player) {
    this.player = player;
    this.state = "none"; // none | question | sending | wait | right | review
    this.heading = el("h2", { className: "player-quiz-title", tabIndex: -1 }, "弹题");
    this.verdict = el("p", { className: "player-quiz-said", role: "status" });
    this.stem = el("span", {});
    this.kind = el("span", { className: "player-quiz-kind" });
    this.options = el("div", { className: "player-quiz-options" });
    this.submit = el("button", { type: "submit", className: "player-do is-first" }, "提交答案");
    this.form = el(
      "form",
      { noValidate: true },
      el("fieldset", {}, el("legend", {}, this.kind, this.stem), this.options),
      this.submit,
    );
    this.countdown = el("p", { className: "player-quiz-wait" });
    this.again = button("回看这一段", "quiz-review", () => this.startReview());
    this.dialog = el(
      "dialog",
      { className: "player-quiz", closedBy: "none" },
      this.heading,
      this.verdict,
      this.form,
      this.countdown,
      this.again,
    );
    this.tag();
    this.listen();
    player.box.append(this.dialog);
  }

  tag() {
    this.heading.id = unique("quiz");
    this.dialog.setAttribute("closedby", "none");
    this.dialog.setAttribute("aria-labelledby", this.heading.id);
    for (const [node, name] of [
      [this.dialog, "quiz"],
      [this.verdict, "quiz-said"],
      [this.submit, "quiz-submit"],
      [this.countdown, "quiz-wait"],
    ])
      node.dataset.testid = name;
  }

  listen() {
    const { player, dialog } = this;
    player.on(this.form, "submit", (event) => {
      event.preventDefault();
      this.send();
    });
    player.on(dialog, "keydown", (event) => this.key(event));
    player.on(dialog, "cancel", (event) => event.preventDefault());
    // Some browsers close a dialog at the second Escape or the back gesture without asking.
    player.on(dialog, "close", () => this.asking && this.appear());
  }

  /** A quiz is due, whether the question is in sight or its stretch is being reviewed. */
  get on() {
    return this.state !== "none";
  }

  get asking() {
    return this.on && this.state !== "review";
  }

  begin(question, wait_ms) {
    if (this.on) return;
    clearTimeout(this.player.timer);
    this.resumeAt = null;
    this.stretch = null;
    this.say("");
    this.next(question, wait_ms);
    this.player.settle();
  }

  // What the server says comes next: a wait, a question, or nothing any more.
  next(question, wait_ms) {
    if (wait_ms > 0) this.wait(wait_ms);
    else if (question) this.show(question);
    else if (this.state === "none" || this.state === "wait") this.askNext();
  }

  show(question) {
    this.state = "question";
    this.question = question;
    this.say(this.stretch ? "请回答下一题" : "");
    this.kind.textContent = KINDS[question.kind] ?? "";
    this.stem.textContent = question.stem;
    const type = question.kind === "multiple" ? "checkbox" : "radio";
    this.options.replaceChildren(
      ...question.options.map((option, place) => choice(option, place, type)),
    );
    this.appear();
    this.heading.focus();
  }

  wait(wait_ms) {
    this.state = "wait";
    this.question = null;
    this.until = now() + wait_ms;
    this.appear();
    this.heading.focus();
    this.countDown();
  }

  countDown() {
    clearTimeout(this.timer);
    const left = this.until - now();
    if (this.state !== "wait") return;
    if (left <= 0) {
      this.askNext();
      return;
    }
    this.countdown.textContent = `${Math.ceil(left / 1000)} 秒后回答下一题`;
    this.timer = setTimeout(() => this.countDown(), Math.min(left, 250));
  }

  async askNext() {
    this.state = "wait";
    this.countdown.textContent = "正在取题，请稍候";
    this.appear();
    const { watch } = this.player;
    const data = await this.player.ask("/api/watch/quiz", { watch });
    if (!data || this.state !== "wait") return;
    if (data.quiz || data.wait_ms > 0) this.next(data.quiz, data.wait_ms);
    else this.leave();
  }

  async send() {
    if (this.state !== "question") return;
    const chosen = this.boxes.filter((input) => input.checked).map((input) => input.value);
    if (!chosen.length) return this.say("请先选择答案，再提交", "warn");
    this.state = "sending";
    this.draw();
    const body = { watch: this.player.watch, showing: this.question.showing, chosen };
    const data = await this.player.ask("/api/watch/answer", body, {
      refused: (answer) => this.refused(answer),
    });
    if (data && this.state === "sending") this.judged(data);
  }

  // A fault in the choice, or a question answered meanwhile, is not the end of the sitting.
  refused({ status, data }) {
    if (status === 422) {
      this.state = "question";
      this.say(data.fields?.chosen ?? data.message ?? "请重新选择答案，再提交", "warn");
      this.draw();
      return true;
    }
    if (status !== 409 || !data.error || data.error === "superseded") return false;
    this.say(data.message ?? "");
    this.askNext();
    return true;
  }

  judged(data) {
    this.player.hearCredit(data);
    if (data.right) return this.right(data);
    this.stretch = this.seen(data.review);
    const { from, to } = this.stretch ?? {};
    const what = this.stretch ? `${clock(from)}–${clock(to)} 的内容` : "已学内容";
    this.say(`回答不正确，请回看${this.stretch ? " " : ""}${what}`, "bad");
    this.state = "wait";
    this.next(data.quiz, data.wait_ms);
    this.draw();
  }

  // Looking again never leads past what was watched.
  seen(review) {
    const from = review?.from_ms ?? 0;
    const to = Math.min(review?.to_ms ?? 0, this.player.credited);
    return to - from >= JUMP_MS ? { from, to } : null;
  }

  // The answer to a quiz at the very end completes the lesson.
  right(data) {
    this.state = "right";
    this.say("回答正确，继续学习", "good");
    this.draw();
    this.timer = setTimeout(() => this.leave(data), SHOW_RIGHT_MS);
  }

  leave(data) {
    const { player } = this;
    this.dismiss();
    if (data?.completed) return player.complete(data);
    if (this.resumeAt !== null) player.goTo(this.resumeAt);
    player.want = true;
    player.settle();
    if (player.video.ended) player.beat();
    player.screen.play.focus({ preventScroll: true });
  }

  dismiss() {
    clearTimeout(this.timer);
    this.state = "none";
    this.question = null;
    if (this.dialog.open) this.dialog.close();
  }

  // ---- looking again at the stretch ----

  get review() {
    return this.state === "review" ? this.stretch : null;
  }

  startReview() {
    const { player } = this;
    if (!this.stretch || (this.state !== "wait" && this.state !== "question")) return;
    clearTimeout(this.timer);
    this.resumeAt ??= player.place;
    this.state = "review";
    this.dialog.close();
    player.goTo(this.stretch.from);
    player.want = true;
    player.settle();
    player.screen.back2quiz.focus({ preventScroll: true });
  }

  endReview() {
    if (this.state !== "review") return;
    this.state = this.question ? "question" : "wait";
    this.player.goTo(this.resumeAt);
    this.player.settle();
    this.appear();
    this.heading.focus();
    if (!this.question) this.countDown();
  }

  // ---- what is seen ----

  get boxes() {
    return [...this.options.querySelectorAll("input")];
  }

  appear() {
    if (!this.dialog.open) this.dialog.showModal();
    this.draw();
  }

  draw() {
    const asked = this.state === "question" || this.state === "sending";
    this.form.hidden = !asked && this.state !== "right";
    this.submit.hidden = !asked;
    this.submit.setAttribute("aria-busy", String(this.state === "sending"));
    this.submit.setAttribute("aria-disabled", String(this.state === "sending"));
    for (const input of this.boxes) input.disabled = this.state !== "question";
    this.countdown.hidden = this.state !== "wait";
    this.again.hidden = !this.stretch || this.state === "sending" || this.state === "right";
    this.drawLine();
  }

  // The line broke while an answer was on its way: it is kept and sent again.
  drawLine() {
    const { lost } = this.player;
    if (this.state === "sending" && lost) this.say("网络中断，答案已保留，恢复后会自动提交", "warn");
    else if (this.state === "sending") this.say("正在提交，请稍候");
    else if (this.state === "wait" && lost) setText(this.countdown, "网络中断，恢复后会自动出题");
  }

  say(sentence, tone = "plain") {
    setText(this.verdict, sentence);
    this.verdict.dataset.tone = tone;
  }

  key(event) {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey || this.state !== "question") return;
    if (/^[1-9]$/.test(event.key)) {
      this.boxes[Number(event.key) - 1]?.click();
      this.boxes[Number(event.key) - 1]?.focus();
    } else if (event.key === "Enter" && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      this.send();
    }
  }
}

function choice({ id, text }, place, type) {
  const input = el("input", { type, name: "player-choice", value: id });
  const number = el("span", { className: "player-choice-number" }, String(place + 1));
  number.setAttribute("aria-hidden", "true");
  return el("label", { className: "player-choice" }, input, number, el("span", {}, text));
}

// ---- the screen -------------------------------------------------------------------------------

class Screen {
  constructor(player) {
    this.player = player;
    this.build(player);
    player.box.replaceChildren(this.stage, this.panel);
    this.listen(player);
  }

  build(player) {
    this.buildStage(player);
    this.scrub = slider("播放位置", "player-scrub", 1000);
    this.play = iconButton("播放", "player-play", "play", () => player.toggle());
    this.back = iconButton("后退10秒", "player-back", "back", () =>
      player.seek(player.place - BACK_MS),
    );
    this.time = el("span", { className: "player-time" });
    this.mute = iconButton("静音", "player-mute", "sound", () => this.toggleMute());
    this.volume = slider("音量", "player-volume", 5);
    this.volume.max = "100";
    this.full = iconButton("全屏", "player-full", "full", () => this.toggleFull());
    this.buildPanel();
  }

  buildStage(player) {
    this.video = el("video", {
      preload: "metadata",
      playsInline: true,
      disablePictureInPicture: true,
      disableRemotePlayback: true,
    });
    this.video.setAttribute("playsinline", "");
    this.video.setAttribute("webkit-playsinline", "");
    this.video.setAttribute("controlslist", "nodownload noplaybackrate noremoteplayback");
    this.video.setAttribute("aria-label", player.box.dataset.title || "课程视频");
    this.big = button("开始学习", "player-big", () => player.toggle());
    this.big.className = "player-big";
    this.back2quiz = button("返回答题", "quiz-return", () => player.quiz.endReview());
    this.back2quiz.classList.add("player-return");
    this.short = el("span", { className: "player-short", hidden: true }, "演示：片长已缩短");
    this.stage = el(
      "div",
      { className: "player-stage" },
      this.video,
      this.big,
      this.back2quiz,
      this.short,
    );
  }

  buildPanel() {
    this.bar = el("progress", { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", "学习进度");
    this.amount = el("span", { className: "player-amount" });
    this.status = el("p", { className: "player-status", role: "status" });
    this.actions = el("div", { className: "player-actions" });
    this.panel = el(
      "div",
      { className: "player-panel" },
      this.scrub,
      el(
        "div",
        { className: "player-controls" },
        this.play,
        this.back,
        this.time,
        this.mute,
        this.volume,
        this.full,
      ),
      el("div", { className: "player-progress" }, this.bar, this.amount),
      this.status,
      this.actions,
    );
    for (const [node, name] of [
      [this.status, "player-status"],
      [this.amount, "player-amount"],
      [this.bar, "player-progress"],
    ])
      node.dataset.testid = name;
  }

  listen(player) {
    player.on(this.video, "click", () => player.toggle());
    player.on(this.video, "contextmenu", (event) => event.preventDefault());
    player.on(this.scrub, "input", () => {
      player.seek(Number(this.scrub.value));
      this.drawPlace(player);
    });
    player.on(this.volume, "input", () => {
      this.video.volume = Number(this.volume.value) / 100;
      this.video.muted = this.video.volume === 0;
    });
    player.on(document, "fullscreenchange webkitfullscreenchange", () => this.drawFull());
  }

  // ---- drawing ----

  draw(player) {
    const open = player.mode === "live" || player.mode === "free";
    const running = player.want && !player.blocked && !(player.mode === "free" && this.video.ended);
    for (const control of [this.play, this.back, this.scrub]) control.disabled = !open;
    relabel(this.play, running ? "暂停" : "播放", running ? "pause" : "play");
    relabel(this.mute, this.video.muted ? "取消静音" : "静音", this.video.muted ? "mute" : "sound");
    this.volume.value = String(this.video.muted ? 0 : Math.round(this.video.volume * 100));
    this.big.hidden = !open || running || player.quiz?.on || Boolean(player.lost);
    setText(this.big, bigWord(player));
    this.back2quiz.hidden = !player.quiz?.review;
    this.drawPlace(player);
    this.drawCredit(player);
  }

  drawPlace(player) {
    const length = player.length || 1;
    const at = Math.min(player.place, length);
    this.scrub.max = String(length);
    this.scrub.value = String(at);
    this.scrub.setAttribute("aria-valuetext", span(at));
    this.scrub.style.setProperty("--at", `${(100 * at) / length}%`);
    this.scrub.style.setProperty("--may", `${(100 * Math.max(at, player.limit)) / length}%`);
    setText(this.time, player.length ? `${clock(at)} / ${clock(player.length)}` : "--:--");
  }

  drawCredit(player) {
    const { credited, length } = player;
    this.bar.max = length || 1;
    this.bar.value = credited;
    setText(this.amount, length ? `已学 ${span(credited)} / 共 ${span(length)}` : "");
    const [sentence, tone] = player.said;
    setText(this.status, sentence);
    this.status.dataset.tone = tone;
  }

  offer(actions) {
    this.actions.replaceChildren(...actions);
    actions[0]?.classList.add("is-first");
  }

  shorten(yes) {
    this.short.hidden = !yes;
  }

  // ---- sound and size ----

  toggleMute() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
  }

  // The whole player goes full screen, never the bare video: the quiz must stay in sight.
  async toggleFull() {
    const { box } = this.player;
    if (this.filled) return this.fill(false);
    if (fullNode()) return (document.exitFullscreen ?? document.webkitExitFullscreen).call(document);
    const enter = box.requestFullscreen ?? box.webkitRequestFullscreen;
    try {
      if (!enter) throw new Error("not offered");
      await enter.call(box);
      await screen.orientation?.lock?.("landscape").catch(() => {});
    } catch {
      this.fill(true);
    }
  }

  get filled() {
    return this.player.box.classList.contains("is-filled");
  }

  // Phones that give full screen to bare videos only: the player fills the window instead.
  fill(yes) {
    this.player.box.classList.toggle("is-filled", yes);
    this.drawFull();
  }

  drawFull() {
    const yes = this.filled || fullNode() === this.player.box;
    relabel(this.full, yes ? "退出全屏" : "全屏", "full");
  }
}

function bigWord({ refused, credited, place, mode }) {
  if (refused) return "继续播放";
  if (mode === "free") return "播放";
  return credited || place ? "继续学习" : "开始学习";
}

function fullNode() {
  return document.fullscreenElement ?? document.webkitFullscreenElement ?? null;
}

// ---- small parts ------------------------------------------------------------------------------

function el(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function button(text, name, act) {
  const node = el("button", { type: "button", className: "player-do", onclick: act }, text);
  node.dataset.testid = name;
  return node;
}

function link(text, href, name) {
  const node = el("a", { className: "player-do", href: href || "/" }, text);
  node.dataset.testid = name;
  return node;
}

function iconButton(label, name, icon, act) {
  const node = el("button", { type: "button", className: "player-icon", onclick: act }, svg());
  node.dataset.testid = name;
  relabel(node, label, icon);
  return node;
}

function svg() {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  node.setAttribute("viewBox", "0 0 24 24");
  node.setAttribute("aria-hidden", "true");
  node.append(document.createElementNS(space, "path"));
  return node;
}

function relabel(node, label, icon) {
  if (node.getAttribute("aria-label") === label) return;
  node.setAttribute("aria-label", label);
  node.title = label;
  node.querySelector("path").setAttribute("d", ICONS[icon]);
}

function slider(label, name, step) {
  const node = el("input", { type: "range", min: "0", step: String(step) });
  node.className = name;
  node.dataset.testid = name;
  node.setAttribute("aria-label", label);
  return node;
}

// Written only when it changes, or a screen reader would say it again.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let count = 0;
function unique(word) {
  return `${word}-${++count}`;
}

function now() {
  return performance.now();
}

function clock(ms) {
  const [h, m, s] = parts(ms);
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

function span(ms) {
  const [h, m, s] = parts(ms);
  const words = [h && `${h}小时`, m && `${m}分`, s && `${s}秒`].filter(Boolean);
  return words.join("") || "0秒";
}

function parts(ms) {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
}

function message(body, more) {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
    ...more,
  };
}

/** One try. Status 0 means that nothing came back in time. */
async function post(path, body, { signal, within, keepalive }) {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, within);
  signal.addEventListener("abort", stop);
  try {
    const response = await fetch(path, message(body, { signal: limit.signal, keepalive }));
    const data = await response.json().catch(() => null);
    if (response.ok && !data) return { status: 0, data: {} };
    return { status: response.status, data: data ?? {} };
  } catch {
    return { status: 0, data: {} };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Waits, but not longer than until the network is back. */
function rest(ms, signal) {
  return new Promise((done) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      signal.removeEventListener("abort", wake);
      done();
    };
    const timer = setTimeout(wake, ms);
    addEventListener("online", wake);
    signal.addEventListener("abort", wake);
  });
}

function loadStyle() {
  const address = new URL("./player.css" + new URL(import.meta.url).search, import.meta.url).href;
  const path = new URL(address).pathname;
  const has = [...document.styleSheets].some((s) => s.href && new URL(s.href).pathname === path);
  if (!has) document.head.append(el("link", { rel: "stylesheet", href: address }));
}
