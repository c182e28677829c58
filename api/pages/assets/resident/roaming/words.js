// The words of other provinces, which the resident's page alone needs.

import { addWords } from "../../kit.js";
import english from "../../words/roaming-en.js";
import chinese from "../../words/roaming-zh.js";

addWords(chinese, english);
