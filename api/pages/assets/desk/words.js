// The desk's own words, which no other page loads.

import { addWords } from "../kit.js";
import en from "../words/desk-en.js";
import zh from "../words/desk-zh.js";
import windowEnglish from "../words/window-en.js";
import windowChinese from "../words/window-zh.js";

addWords({ ...zh, ...windowChinese }, { ...en, ...windowEnglish });
