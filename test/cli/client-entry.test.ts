import assert from "node:assert/strict";
import { test } from "node:test";
import { editEntry } from "../../src/cli/client-entry.ts";

const ENTRY = { command: "node", args: ["main.js", "mcp", "serve"] };
const WAY = ["mcpServers", "kubiya"] as const;

/** The text after an edit; fails where there is none. */
function edited(text: string, entry: Readonly<Record<string, unknown>> = ENTRY): string {
  const outcome = editEntry(text, WAY, entry);
  assert.ok(outcome.ok, JSON.stringify(outcome));
  assert.ok(outcome.value.text !== null);
  return outcome.value.text;
}

/** What is in a file, and whether strict JSON must come out of it. */
const FILES: readonly (readonly [string, string])[] = [
  ["an empty file", ""],
  ["an empty object", "{}"],
  ["an object of other things", '{"theme": "dark"}\n'],
  ["no server yet", '{\n  "mcpServers": {}\n}\n'],
  ["another server", '{\n  "mcpServers": {\n    "a": { "command": "x" }\n  },\n  "z": 1\n}\n'],
  ["one line", '{"mcpServers":{"a":{"command":"x"}},"z":[1,2]}'],
  ["tabs", '{\n\t"mcpServers": {\n\t\t"a": {"command": "x"}\n\t}\n}\n'],
];

for (const [what, text] of FILES) {
  test(`the entry is added to ${what}, and all else is as it was`, () => {
    const before = text === "" ? {} : JSON.parse(text);
    assert.deepEqual(JSON.parse(edited(text)), {
      ...before,
      mcpServers: { ...before.mcpServers, kubiya: ENTRY },
    });
  });

  test(`a second edit of ${what} changes nothing`, () => {
    const again = editEntry(edited(text), WAY, ENTRY);
    assert.ok(again.ok);
    assert.equal(again.value.text, null);
  });
}

const COMMENTED = `{
  // before
  "mcpServers": { /* inside */
    "a": { "command": "x" }, // behind
    // last
  },
  /* between */ "z": "// no comment", // tail
}
// end
`;

/** Texts with a comment behind what was last, and what becomes of them. */
const BEHIND: readonly (readonly [string, string, string])[] = [
  [
    "behind the last entry",
    '{\n  "mcpServers": {\n    "a": { "command": "x" } // c\n  }\n}\n',
    '{\n  "mcpServers": {\n    "a": { "command": "x" }, // c\n    OURS\n  }\n}\n',
  ],
  [
    "behind its comma, and below it",
    '{\n  "mcpServers": {\n    "a": {}, // c\n    // d\n  }, // s\n}\n',
    '{\n  "mcpServers": {\n    "a": {}, // c\n    // d\n    OURS,\n  }, // s\n}\n',
  ],
  [
    "in an object without entries",
    '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
    '{\n  "mcpServers": {\n    // none yet\n    OURS\n  }\n}\n',
  ],
  [
    "on one line",
    '{ "mcpServers": { "a": {} /* c */ } }',
    '{ "mcpServers": { "a": {}, /* c */\n    OURS } }',
  ],
  [
    "behind something else, where there are no servers yet",
    '{\n  "z": 1 // zed\n}\n',
    '{\n  "z": 1, // zed\n  "mcpServers": {\n    OURS\n  }\n}\n',
  ],
  [
    "with the line ends of Windows",
    '{\r\n  "mcpServers": {\r\n    "a": {} // c\r\n  }\r\n}\r\n',
    '{\r\n  "mcpServers": {\r\n    "a": {}, // c\r\n    OURS\r\n  }\r\n}\r\n',
  ],
];

for (const [where, before, after] of BEHIND) {
  test(`a comment ${where} stays where it is, and the rest with it`, () => {
    const eol = before.includes("\r\n") ? "\r\n" : "\n";
    const ours = '"kubiya": {\n      "command": "node"\n    }'.replaceAll("\n", eol);
    assert.equal(edited(before, { command: "node" }), after.replace("OURS", ours));
  });
}

test("a comment in our own entry stays with its member", () => {
  const text = edited('{"mcpServers": {"kubiya": {\n  "command": "node" // mine\n}}}');
  assert.match(text, /"command": "node", \/\/ mine\n +"args"/);
});

test("comments, and commas that JSON has not, stay", () => {
  const text = edited(COMMENTED);
  const comments = ["// before", "/* inside */", "// behind", "// last", "/* between */"];
  for (const comment of [...comments, '"// no comment", // tail', "// end"]) {
    assert.ok(text.includes(comment), `${comment} in ${text}`);
  }
  assert.match(text, /},\s+\/\* between/);
});

test("what an older entry says besides stays, with its comments, and only what differs is written", () => {
  const text = `{
  "mcpServers": {
    "kubiya": {
      "command": "old", // ours
      "args": ["main.js", "mcp", "serve"],
      "env": { "A": "1" /* theirs */ }
    }
  }
}
`;
  const entry = { ...ENTRY, env: { KUBIYA_API_KEY_FILE: "/key" } };
  const fresh = edited(text, entry);
  for (const kept of ["// ours", "/* theirs */", '"args": ["main.js", "mcp", "serve"]']) {
    assert.ok(fresh.includes(kept), `${kept} in ${fresh}`);
  }
  assert.match(fresh, /"KUBIYA_API_KEY_FILE": "\/key"/);
  assert.match(fresh, /"command": "node"/);
});

test("line ends, indentation and the byte order mark are those of the file", () => {
  const text = edited('\uFEFF{\r\n\t"mcpServers": {\r\n\t}\r\n}\r\n');
  assert.ok(text.startsWith("\uFEFF{\r\n\t"));
  assert.doesNotMatch(text, /[^\r]\n/);
  assert.match(text, /\r\n\t\t"kubiya": \{\r\n\t\t\t"command"/);
});

/** What is in a file, the line that is named, and what is said of it. */
const BROKEN: readonly (readonly [string, number, RegExp])[] = [
  ['{\n  "a": 1\n  "b": 2\n}', 3, /is not JSON from here on/],
  ['{\n  "mcpServers": {\n', 3, /is not JSON/],
  ["{} {}", 1, /is not JSON/],
  ["[]", 1, /is no JSON object/],
  ["// nothing but this\n", 2, /is not JSON|is no JSON object/],
  ['{\n"mcpServers": []}', 2, /mcpServers is no object/],
  ['{\n"mcpServers": {},\n"mcpServers": {}}', 3, /mcpServers is there twice/],
  ['{"mcpServers": {"kubiya": {},\n"kubiya": {}}}', 2, /kubiya is there twice/],
  ['{"mcpServers": {\n"kubiya": {"url": "https://x"}}}', 2, /another server is called kubiya/],
  ['{"mcpServers": {"kubiya": "x"}}', 1, /another server is called kubiya/],
  ["\u0000", 1, /is not JSON/],
];

for (const [text, line, says] of BROKEN) {
  test(`${JSON.stringify(text)} is left as it is, and its line ${line} is named`, () => {
    const outcome = editEntry(text, WAY, ENTRY);
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.line, line);
    assert.match(outcome.failure.message, says);
    assert.match(outcome.failure.mend, /not touched/);
  });
}
