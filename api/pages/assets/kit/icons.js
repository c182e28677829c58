// The pages' icons: strokes on a 24-unit grid, drawn for this project.

import { s } from "./dom.js";

const PATHS = {
  alert: ["M12 3.5 21.5 20h-19Z", "M12 10v4.5", "M12 17.2v.1"],
  arrow: ["M5 12h14", "m13 6 6 6-6 6"],
  building: ["M5 20.5V4.5h9v16", "M14 9.5h5v11", "M3 20.5h18", "M8 8.5h3M8 12.5h3M8 16.5h3"],
  camera: ["M3 8.5A1.5 1.5 0 0 1 4.5 7H7l1.5-2.5h7L17 7h2.5A1.5 1.5 0 0 1 21 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5Z", "M12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  chevron: ["m9 6 6 6-6 6"],
  clock: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M12 7.5V12l3 2"],
  code: ["M4 4h6v6H4Z", "M14 4h6v6h-6Z", "M4 14h6v6H4Z", "M14 14h2.5v2.5H14Z", "M17.5 17.5H20V20h-2.5Z"],
  cross: ["m6.5 6.5 11 11", "m17.5 6.5-11 11"],
  device: ["M8 2.5h8A1.5 1.5 0 0 1 17.5 4v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5Z", "M11 18.5h2"],
  download: ["M12 4v11", "m7.5 10.5 4.5 4.5 4.5-4.5", "M4.5 19.5h15"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z", "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"],
  flag: ["M5.5 21V4", "M5.5 4.5h12l-2.5 4 2.5 4h-12"],
  globe: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M3 12h18", "M12 3c2.5 2.6 3.8 5.6 3.8 9s-1.3 6.4-3.8 9c-2.5-2.6-3.8-5.6-3.8-9S9.5 5.6 12 3Z"],
  image: ["M4.5 4.5h15A1.5 1.5 0 0 1 21 6v12a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18V6a1.5 1.5 0 0 1 1.5-1.5Z", "m3.5 17 5-5 4 4 3-3 5 4.5", "M15.5 9.6v.1"],
  keyboard: ["M3.5 6.5h17A1.5 1.5 0 0 1 22 8v8a1.5 1.5 0 0 1-1.5 1.5h-17A1.5 1.5 0 0 1 2 16V8a1.5 1.5 0 0 1 1.5-1.5Z", "M6 10.5v.1M10 10.5v.1M14 10.5v.1M18 10.5v.1", "M8 14h8"],
  leave: ["M14 4.5H5.5v15H14", "M10 12h10.5", "m17 8.5 3.5 3.5-3.5 3.5"],
  lock: ["M6.5 10.5h11A1.5 1.5 0 0 1 19 12v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5Z", "M8 10.5V7.5a4 4 0 0 1 8 0v3", "M12 14.5v2"],
  message: ["M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15Z", "M10 21h4"],
  offline: ["m3.5 3.5 17 17", "M8.5 15.2a5 5 0 0 1 5.5-1", "M5 11.5a10 10 0 0 1 4-2.4M13 8.6a10 10 0 0 1 6 2.9", "M12 19v.1"],
  paper: ["M6.5 3.5h8l4 4v13h-12Z", "M14.5 3.5v4h4", "M9.5 12h6M9.5 16h6"],
  people: ["M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z", "M2.5 20c.5-3.4 3-5.5 6.5-5.5s6 2.1 6.5 5.5", "M15.5 4.8a3.5 3.5 0 0 1 0 6.4", "M18 15c2 .8 3.2 2.5 3.5 5"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20.5c.6-3.8 3.6-6 7.5-6s6.9 2.2 7.5 6"],
  refresh: ["M19.5 12a7.5 7.5 0 1 1-2.3-5.4", "M19.5 3.5v4h-4"],
  scan: ["M4 8.5V5.5A1.5 1.5 0 0 1 5.5 4h3M15.5 4h3A1.5 1.5 0 0 1 20 5.5v3M20 15.5v3a1.5 1.5 0 0 1-1.5 1.5h-3M8.5 20h-3A1.5 1.5 0 0 1 4 18.5v-3", "M4 12h16"],
  search: ["M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z", "m15.5 15.5 5 5"],
  shield: ["M12 3.5 19.5 6v5.5c0 4.6-3.1 7.8-7.5 9-4.4-1.2-7.5-4.4-7.5-9V6Z", "m8.8 12 2.3 2.3 4.2-4.3"],
  text: ["m3 19 5.5-14L14 19", "M5 14h7", "m14.5 19 3-8 3 8", "M15.5 16.5h4"],
  trash: ["M4.5 6.5h15", "M9 6.5V4h6v2.5", "M6.5 6.5 7.5 20h9l1-13.5", "M10 10.5v5.5M14 10.5v5.5"],
  undo: ["M4.5 9.5h9a5.5 5.5 0 0 1 0 11H9", "m8.5 5.5-4 4 4 4"],
  wallet: ["M4 8.5h16A1.5 1.5 0 0 1 21.5 10v8.5A1.5 1.5 0 0 1 20 20H4a1.5 1.5 0 0 1-1.5-1.5V10A1.5 1.5 0 0 1 4 8.5Z", "M5 8.5V6A1.5 1.5 0 0 1 6.5 4.5h11A1.5 1.5 0 0 1 19 6v2.5", "M6 16h5M15.5 13.5h2.5"],
};

/** Draws an icon that says nothing itself: the words beside it, or its button's label, do. */
export function icon(name, size = 24) {
  const strokes = PATHS[name].map((d) => s("path", { d }));
  return s("svg", { class: "icon", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false" }, strokes);
}

/** Draws the project's mark: one circle that goes along with another. */
export function mark(size = 28) {
  return s("svg", { class: "mark", viewBox: "0 0 32 32", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    s("rect", { class: "mark-ground", width: 32, height: 32, rx: 9 }),
    s("circle", { class: "mark-first", cx: 12.5, cy: 16, r: 5 }),
    s("path", { class: "mark-second", d: "M15.8 10.2a6.5 6.5 0 1 1 0 11.6" }));
}
