// The desk where codes are checked: the verdict, the three ways to read a code, and the list of what was checked.

import { announce, fill, h, icon, t } from "../kit.js";
import { Arrivals } from "./arrivals.js";
import { isPresented, withoutFields } from "./asking.js";
import { Camera, cameraReads } from "./camera.js";
import { check, failed, noCodeInPicture, picturesNeedNetwork, showing } from "./checking.js";
import { History } from "./history.js";
import { LicenceDesk } from "./licencedesk.js";
import { readPicture, readPictureHere, takePictures } from "./picture.js";
import { ShiftBar } from "./shift.js";
import { signal, wakeSound } from "./signals.js";
import { StandbyBar } from "./standbybar.js";
import { Station } from "./station.js";
import { TypedCodes } from "./typing.js";
import { Verdict } from "./verdict.js";

// Lists end while nobody does anything.
const LOOK_AGAIN_MS = 30_000;
const BACK_AFTER_MS = { accepted: 6000, refused: 12_000, unchecked: 20_000 };
// A licence is read and compared with a face: as long as the longest verdict, and no longer.
const TOLD_FOR_MS = 20_000;

/** The desk of one scanner. `results` carries the list over a change of language. */
export class Desk {
  #scanner;
  #turn = 0;
  #back = null;
  #verdict = new Verdict(t("venue.title"));
  #input = h("input", {
    class: "input number", id: "typed", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "go", "aria-describedby": "typed-hint",
  });
  #typed = new TypedCodes(this.#input, (text) => this.#take(text));
  #file = h("input", { type: "file", accept: "image/*", id: "picture", hidden: true, onchange: () => this.#onFile() });
  #video = h("video", { class: "camera-video", muted: true, playsinline: true, "aria-label": t("venue.camera.aim") });
  #cameraPlace = h("div", { class: "camera", hidden: true }, this.#video, h("p", { class: "camera-aim" }, t("venue.camera.aim")));
  #cameraButton = h("button", { type: "button", class: "button quiet", onclick: () => this.#toggleCamera() }, icon("camera"), t("venue.camera"));
  #cameraNote = h("p", { class: "note small", hidden: true });
  #camera = new Camera(this.#video, (text) => this.#take(text));
  #station = new Station(() => this.#onStation());
  #standby = new StandbyBar(this.#station);
  #licences;
  #arrivals;
  #history;
  #shift;
  #looking = null;
  #stopPictures = null;
  node;

  constructor(scanner, results) {
    this.#scanner = scanner;
    this.#licences = new LicenceDesk(scanner, this.#station, this.#lent());
    this.#verdict.licences = this.#licences.licences;
    this.#history = new History(scanner, () => this.#typed.focus(), results, this.#licences.licences);
    this.#arrivals = new Arrivals(scanner, this.#station);
    this.#shift = new ShiftBar(scanner, this.#station, () => this.#typed.focus());
    this.#verdict.node.addEventListener("click", (event) => this.#onTap(event));
    this.node = h("div", { class: "desk" },
      h("div", { class: "desk-main" }, this.#standby.node, this.#shift.node, this.#verdict.node, this.#cameraPlace, this.#controls()),
      h("div", { class: "desk-side" }, this.#arrivals.node, this.#history.node));
  }

  // What the licences' side may do with the desk.
  #lent() {
    return {
      verdict: this.#verdict,
      begin: (words) => this.#begin(words),
      isCurrent: (turn) => turn === this.#turn,
      busy: (turn, words) => { if (turn === this.#turn) this.#verdict.busy(words); },
      settle: (turn, result, again) => this.#settle(turn, result, again),
      hold: () => clearTimeout(this.#back),
      rest: () => this.#clear(),
      learned: () => this.#history.draw(),
    };
  }

  get results() {
    return this.#history.results;
  }

  start() {
    this.#verdict.ready();
    this.#station.start();
    this.#arrivals.start();
    this.#looking = setInterval(() => this.#standby.draw(), LOOK_AGAIN_MS);
    // A phone would raise its keyboard for a focused input; a finger on the input still does.
    if (matchMedia("(pointer: coarse)").matches) {
      this.#input.inputMode = "none";
      this.#input.addEventListener("pointerdown", () => { this.#input.inputMode = "text"; });
      this.#input.addEventListener("blur", () => { this.#input.inputMode = "none"; });
    }
    this.#typed.start();
    this.#stopPictures = takePictures((file) => this.#read(file));
    document.addEventListener("pointerdown", wakeSound);
    document.addEventListener("keydown", wakeSound);
  }

  stop() {
    this.#licences.leave();
    this.#turn += 1;
    clearTimeout(this.#back);
    this.#typed.stop();
    this.#camera.stop();
    clearInterval(this.#looking);
    this.#station.stop();
    this.#arrivals.stop();
    this.#stopPictures?.();
    document.removeEventListener("pointerdown", wakeSound);
    document.removeEventListener("keydown", wakeSound);
  }

  #onStation() {
    this.#standby.draw();
    this.#shift.draw();
    this.#history.settle(this.#station.results);
    this.#licences.learn();
  }

  #controls() {
    const form = h("form", { class: "typed", onsubmit: (event) => { event.preventDefault(); this.#typed.submit(); } },
      h("label", { class: "field-label", for: "typed" }, t("venue.typed")),
      h("div", { class: "typed-line" }, this.#input, h("button", { type: "submit", class: "button" }, t("venue.typed.submit"))),
      h("p", { class: "soft tiny", id: "typed-hint" }, t("venue.typed.hint"), " ", t("venue.picture.hint")));
    return h("div", { class: "card controls" }, form,
      h("div", { class: "controls-buttons" }, this.#cameraButton,
        h("button", { type: "button", class: "button quiet", onclick: () => this.#file.click() }, icon("image"), t("venue.picture")), this.#licences.button(), this.#file),
      this.#cameraNote);
  }

  #onFile() {
    const [file] = this.#file.files;
    this.#file.value = "";
    if (file) this.#read(file);
  }

  // Each showing takes the next turn; an answer that comes after the next has begun goes to the list alone.
  #begin(words) {
    this.#licences.leave();
    this.#turn += 1;
    clearTimeout(this.#back);
    this.#verdict.busy(words);
    return this.#turn;
  }

  async #read(file) {
    const turn = this.#begin(t("venue.reading"));
    try {
      const text = await this.#textIn(file);
      if (turn !== this.#turn) return;
      if (text) await this.#take(text);
      else this.#settle(turn, text === undefined ? picturesNeedNetwork() : noCodeInPicture());
    } catch (error) {
      const result = error.slug === "invalid-request" ? noCodeInPicture() : failed(error);
      this.#settle(turn, result, () => this.#read(file));
    }
  }

  #textIn(file) {
    const here = !this.#station.online && this.#station.canDecide;
    return here ? readPictureHere(file) : readPicture(file, this.#scanner);
  }

  #take(text) {
    return isPresented(text) ? this.#licences.present(text) : this.#check(showing(text));
  }

  async #check(shown) {
    const turn = this.#begin(t("venue.checking"));
    const result = await check(shown, this.#scanner, this.#station, () => { if (turn === this.#turn) this.#verdict.busy(t("venue.retrying")); });
    this.#settle(turn, result, () => this.#check(shown));
  }

  #settle(turn, result, again) {
    this.#history.add(withoutFields(result));
    if (turn !== this.#turn) return;
    signal(result.outcome);
    this.#verdict.show(result, this.#actions(result, again));
    this.#back = setTimeout(() => this.#verdict.ready(), result.licences ? TOLD_FOR_MS : BACK_AFTER_MS[result.outcome]);
    this.#typed.focus();
  }

  // What a licence says goes from the screen by a tap anywhere on it; its buttons have their own work.
  #onTap({ target }) {
    if (this.#verdict.tells && !target.closest("button")) this.#clear();
  }

  #clear() {
    clearTimeout(this.#back);
    this.#verdict.ready();
    this.#typed.focus();
  }

  #actions(result, again) {
    const next = h("button", { type: "button", class: "button on-verdict", onclick: () => this.#clear() }, t("venue.next"));
    if (result.slug === "shift-required") {
      return [h("button", { type: "button", class: "button on-verdict", onclick: () => this.#shift.signIn() }, icon("person", 20), t("shift.enter")), next];
    }
    if (result.outcome !== "unchecked" || !again) return [...this.#licences.actionsFor(result), next];
    return [h("button", { type: "button", class: "button on-verdict", onclick: again }, icon("refresh", 20), t("venue.repeat")), next];
  }

  async #toggleCamera() {
    if (this.#camera.running) {
      this.#camera.stop();
      this.#showCamera(false);
      return;
    }
    if (!(await cameraReads())) {
      this.#noCamera(t("venue.camera.none"));
      return;
    }
    try {
      await this.#camera.start();
      this.#showCamera(true);
    } catch {
      this.#camera.stop();
      this.#noCamera(t("venue.camera.refused"));
    }
  }

  #showCamera(on) {
    this.#cameraPlace.hidden = !on;
    this.#cameraNote.hidden = true;
    fill(this.#cameraButton, icon(on ? "cross" : "camera"), t(on ? "venue.camera.stop" : "venue.camera"));
  }

  #noCamera(words) {
    this.#cameraNote.hidden = false;
    this.#cameraNote.textContent = words;
    announce(words);
  }
}
