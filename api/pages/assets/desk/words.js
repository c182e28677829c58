// The desk's own words, which no other page loads.

import { addWords } from "../kit.js";
import campaignsEnglish from "../words/campaigns-en.js";
import campaignsChinese from "../words/campaigns-zh.js";
import en from "../words/desk-en.js";
import zh from "../words/desk-zh.js";
import licencesEnglish from "../words/licences-en.js";
import licencesChinese from "../words/licences-zh.js";
import verifiersEnglish from "../words/verifiers-en.js";
import verifiersChinese from "../words/verifiers-zh.js";
import windowEnglish from "../words/window-en.js";
import windowChinese from "../words/window-zh.js";

addWords({ ...zh, ...campaignsChinese, ...licencesChinese, ...verifiersChinese, ...windowChinese }, { ...en, ...campaignsEnglish, ...licencesEnglish, ...verifiersEnglish, ...windowEnglish });
