// The words of where and when messages reach somebody, which the resident's page alone needs.

import { addWords } from "../../kit.js";
import english from "../../words/messaging-en.js";
import chinese from "../../words/messaging-zh.js";

addWords(chinese, english);
