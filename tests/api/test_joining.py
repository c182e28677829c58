"""A page's modules in one file are what they were apart: in order, once each, and every line known by its own file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.joining import Joined, Joiner
from api.page_files import read_pages

_NODE = Path(sys.executable).with_name("node")
_FIND = """
const { SourceMap } = require("node:module");
const [told, lines] = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
const map = new SourceMap(told);
const found = [...Array(lines).keys()].map((line) => map.findEntry(line, 9));
console.log(JSON.stringify(found.map((one) => [one.originalSource, one.originalLine, one.generatedLine])));
"""
_SOURCES = {
    "main.js": 'import {\n  twice as double,\n} from "./kit/all.js";\nimport words from "./words.js";\n\n'
    'import "./noted.js";\nconsole.log(JSON.stringify([double(4), words.hello, globalThis.noted, typeof twice]));\n',
    "kit/all.js": 'export { one, twice } from "./numbers.js";\n',
    "kit/numbers.js": "function twice(n) { return n * two; }\nexport const one = 1;\nconst two = 2 * one;\n"
    "export { twice };\n",
    "words.js": "// Who would await this?\nconst later = async () => await 1;\nlet heard = 0;\nheard += 1;\n"
    'export default {\n  hello: "hello",\n};\n',
    "noted.js": 'import { one } from "./kit/numbers.js";\nexport class Note {}\nexport async function* none() {}\n'
    "globalThis.noted = (globalThis.noted ?? 0) + one;\n",
}


def run_node(*arguments: str, given: str = "") -> str:
    done = subprocess.run([_NODE, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def join(sources: dict[str, str], entry: str = "main.js") -> Joined:
    return Joiner(sources, "/assets").join(entry, "main.js")


def test_what_is_joined_does_what_its_modules_do() -> None:
    said = run_node("--input-type=module", given=join(_SOURCES).text)
    assert json.loads(said) == [8, "hello", 1, "undefined"]


def test_each_is_there_once_and_reached_by_its_path() -> None:
    text = join(_SOURCES).text.replace("console.log", "void ")
    last = "console.log(JSON.stringify(Object.entries(modules).map(([path, one]) => [path, Object.keys(one)])));"
    assert json.loads(run_node("--input-type=module", given=text + last)) == [
        ["kit/numbers.js", ["one", "twice"]],
        ["kit/all.js", ["one", "twice"]],
        ["words.js", ["default"]],
        ["noted.js", ["Note", "none"]],
        ["main.js", []],
    ]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"words.js": 'import "./main.js";\nexport default 1;\n'}, "a circle: main.js → words.js → main.js"),
        ({"kit/numbers.js": "export const one = 1;\n"}, "kit/all.js takes what kit/numbers.js does not give: twice"),
        ({"words.js": "export let hello = 1;\n"}, "words.js has what cannot be joined: export let"),
        ({"words.js": "export * from './kit/all.js';\n"}, "words.js has what cannot be joined: export \\*"),
        ({"words.js": 'export default await import("./x.js");\n'}, "words.js has what cannot be joined: import"),
        ({"words.js": "let hello = 1;\nexport { hello as default };\n"}, "words.js exports what may change: hello"),
        ({"words.js": "export default function hello() {}\n"}, "words.js has what cannot be joined: export default"),
        ({"words.js": "export default class Hello {}\n"}, "words.js has what cannot be joined: export default"),
        ({"words.js": "export default await fetch(1);\n"}, "words.js has what cannot be joined: .*await"),
        (
            {"kit-all.js": "", "words.js": 'import "./kit-all.js";\nexport default 1;\n'},
            "would be called as another module",
        ),
        ({"words.js": "await 1;\nexport default 1;\n"}, "words.js has what cannot be joined: await 1"),
    ],
)
def test_what_would_not_be_the_same_is_refused(changed: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        join({**_SOURCES, **changed})


def test_each_line_of_a_page_leads_to_where_it_was_written() -> None:
    pages = read_pages()
    told = json.loads(pages.joined["docs.js.map"].body)
    joined = pages.joined["docs.js"].body.decode().split("\n")
    found = json.loads(run_node("-e", _FIND, given=json.dumps([told, len(joined)])))
    sources = {path: pages.files[path.removeprefix("/")].body.decode().split("\n") for path in told["sources"]}
    led = 0
    for number, (line, (source, its_number, of_line)) in enumerate(zip(joined, found, strict=True)):
        if of_line == number:  # else it is the last line before it of which the map tells
            original = sources[source][its_number]
            assert line == original or original.startswith(("import ", "export ", "  ", "} from")), (source, its_number)
            led += 1
    assert led == sum(len(lines) - 1 for lines in sources.values())
