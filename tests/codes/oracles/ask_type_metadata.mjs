// @sd-jwt/sd-jwt-vc's schema of type metadata: a document answers its vct, or null where the schema refuses it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../npm/package.json", import.meta.url));
const { TypeMetadataFormatSchema } = require("@sd-jwt/sd-jwt-vc");

const questions = JSON.parse(readFileSync(0, "utf8"));
const read = questions.map((document) => TypeMetadataFormatSchema.safeParse(document));
process.stdout.write(JSON.stringify(read.map(({ success, data }) => (success ? data.vct : null))));
