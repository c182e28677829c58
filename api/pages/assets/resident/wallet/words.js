// The wallet's words, which the resident's page alone needs.

import { addWords } from "../../kit.js";
import english from "../../words/wallet-en.js";
import chinese from "../../words/wallet-zh.js";

addWords(chinese, english);
