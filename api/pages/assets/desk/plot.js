// Lines over time, drawn here: from nought, with gaps where nothing was measured, readable by pointer, keys and as a table.

import { fill, h, s, t, timeInParts } from "../kit.js";
import { measured } from "./format.js";

const TO_THE_MINUTE = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" };
const WIDTH = 340;
const HEIGHT = 150;
const NARROW = 40;
const WIDE = 52;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 22;
const HOUR = 3600;
const DAY = 86_400;

/** The least round number that is not below `value`: 1, 2, 2.5 or 5 times a power of ten. */
export function niceMost(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= value * 0.9999);
}

/** The path of a line: it breaks off where nothing is known, and a value alone is a short stroke. */
export function pathOf(values, x, y) {
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const begins = index === 0 || values[index - 1] === null;
    const alone = begins && (index === values.length - 1 || values[index + 1] === null);
    path += `${begins ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}${alone ? "h1.5" : ""}`;
  });
  return path;
}

// Where the time axis has its marks: whole quarters of an hour, six hours or days in the country's one time.
function ticks(startsAt, step, count) {
  const total = step * count;
  const every = total <= HOUR ? HOUR / 4 : total <= DAY ? 6 * HOUR : DAY;
  const zone = -8 * HOUR;
  const start = startsAt / 1000;
  const found = [];
  for (let at = Math.ceil((start - zone) / every) * every + zone; at < start + total; at += every) found.push({ at: at * 1000, index: (at - start) / step });
  return found;
}

function timeWords(at, total) {
  const options = total <= DAY ? { hour: "2-digit", minute: "2-digit" } : { month: "numeric", day: "numeric" };
  return timeInParts(new Date(at), options);
}

/** A figure of one or several lines: {title, unit, lines: [{label, values}], startsAt, step}. */
export class Plot {
  #given;
  #left;
  #count;
  #most;
  #cursor = s("g", { class: "plot-cursor" });
  #slider;
  #readings;
  #index = null;
  node;

  constructor(given) {
    this.#given = given;
    this.#left = given.unit === "seconds" ? WIDE : NARROW;
    this.#count = given.lines[0]?.values.length ?? 0;
    this.#most = niceMost(Math.max(0, ...given.lines.flatMap((line) => line.values.filter((value) => value !== null))));
    this.#readings = given.lines.map(() => h("span", { class: "plot-reading number" }));
    this.#slider = h("div", {
      class: "plot-field", role: "slider", tabindex: 0, "aria-label": given.title, "aria-valuemin": 0, "aria-valuemax": Math.max(0, this.#count - 1),
      onpointermove: (event) => this.#point(event), onpointerleave: () => this.#show(null), onkeydown: (event) => this.#step(event), onblur: () => this.#show(null),
    }, this.#drawing());
    this.node = h("figure", { class: "plot", "data-plot": given.name }, this.#caption(), this.#slider, this.#table());
    this.#show(null);
  }

  #x = (index) => this.#left + ((index + 0.5) / this.#count) * (WIDTH - this.#left - RIGHT);
  #y = (value) => HEIGHT - BOTTOM - (Math.min(value, this.#most) / this.#most) * (HEIGHT - TOP - BOTTOM);

  #caption() {
    const legend = this.#given.lines.map((line, index) => h("li", {},
      s("svg", { class: `plot-key line-${index}`, viewBox: "0 0 18 8", "aria-hidden": "true" }, s("path", { d: "M1 4h16" })),
      h("span", { class: "plot-label" }, line.label), this.#readings[index]));
    return h("figcaption", {}, h("h3", {}, this.#given.title, this.#given.unit === "per-minute" && h("small", { class: "soft" }, t("desk.unit.per-minute"))),
      h("p", { class: "plot-at soft tiny number", "aria-hidden": "true" }), h("ul", { class: "plot-legend" }, legend));
  }

  #drawing() {
    const { startsAt, step, lines, unit } = this.#given;
    const total = step * this.#count;
    const levels = [0, this.#most / 2, this.#most].map((value) => [
      s("line", { class: value ? "plot-grid" : "plot-zero", x1: this.#left, x2: WIDTH - RIGHT, y1: this.#y(value), y2: this.#y(value) }),
      s("text", { class: "plot-text", x: this.#left - 5, y: this.#y(value) + 4, "text-anchor": "end" }, measured(value, unit)),
    ]);
    const times = ticks(startsAt, step, this.#count).map(({ at, index }) => {
      const x = this.#left + (index / this.#count) * (WIDTH - this.#left - RIGHT);
      return [s("line", { class: "plot-tick", x1: x, x2: x, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 }),
        s("text", { class: "plot-text", x: Math.min(Math.max(x, this.#left + 12), WIDTH - 20), y: HEIGHT - 5, "text-anchor": "middle" }, timeWords(at, total))];
    });
    const known = lines.some((line) => line.values.some((value) => value !== null));
    return s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", focusable: "false" }, levels, times,
      lines.map((line, index) => s("path", { class: `plot-line line-${index}`, d: pathOf(line.values, this.#x, this.#y) })),
      known ? this.#cursor : s("text", { class: "plot-text", x: (WIDTH + this.#left) / 2, y: HEIGHT / 2, "text-anchor": "middle" }, t("desk.plot.none")));
  }

  #point(event) {
    const box = this.#slider.querySelector("svg").getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    this.#show(Math.min(this.#count - 1, Math.max(0, Math.floor(((x - this.#left) / (WIDTH - this.#left - RIGHT)) * this.#count))));
  }

  #step(event) {
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -this.#count, End: this.#count, PageUp: 10, PageDown: -10 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const from = this.#index ?? this.#count;
    this.#show(Math.min(this.#count - 1, Math.max(0, from + moves[event.key])));
  }

  // The newest values where no step is pointed at.
  #show(index) {
    this.#index = index;
    const { lines, startsAt, step, unit } = this.#given;
    const at = startsAt + (index ?? this.#count - 1) * step * 1000;
    const values = lines.map((line) => (index === null ? line.values.findLast((value) => value !== null) : line.values[index]) ?? null);
    lines.forEach((_, number) => { this.#readings[number].textContent = measured(values[number], unit); });
    const time = index === null ? "" : timeInParts(new Date(at), TO_THE_MINUTE);
    if (this.node) this.node.querySelector(".plot-at").textContent = time;
    this.#slider.setAttribute("aria-valuenow", index ?? this.#count - 1);
    this.#slider.setAttribute("aria-valuetext", [time, ...lines.map((line, number) => `${line.label} ${measured(values[number], unit)}`)].filter(Boolean).join(", "));
    fill(this.#cursor, index === null ? [] : [
      s("line", { class: "plot-hair", x1: this.#x(index), x2: this.#x(index), y1: TOP, y2: HEIGHT - BOTTOM }),
      values.map((value, number) => value !== null && s("circle", { class: `plot-dot line-${number}`, cx: this.#x(index), cy: this.#y(value), r: 3 })),
    ]);
  }

  #table() {
    const details = h("details", { class: "plot-table" }, h("summary", {}, t("desk.plot.table")));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(h("div", { class: "scroll", tabindex: 0, "aria-label": this.#given.title }, this.#rows()));
    });
    return details;
  }

  #rows() {
    const { lines, startsAt, step, unit } = this.#given;
    const numbers = [...Array(this.#count).keys()].reverse();
    const time = (index) => timeInParts(new Date(startsAt + index * step * 1000), TO_THE_MINUTE);
    return h("table", { class: "table" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("desk.plot.time")), lines.map((line) => h("th", { scope: "col" }, line.label)))),
      h("tbody", {}, numbers.map((index) => h("tr", {}, h("th", { scope: "row" }, time(index)), lines.map((line) => h("td", { class: "number" }, measured(line.values[index], unit)))))));
  }
}
