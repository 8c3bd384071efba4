import assert from "node:assert/strict";
import { hasPlaceholder, parsePrinted, printedLines } from "../cli/printed_commands.ts";
import { DISCOVERY_ROWS } from "./discovery_rows.ts";
import { METADATA_ROWS } from "./metadata_rows.ts";
import { type BrokenServer, codesOf, readable, withBroken } from "./row.ts";
import { SIGN_IN_ROWS } from "./sign_in_rows.ts";
import { KEPT_ROWS } from "./stored_sign_in_rows.ts";
import { USE_ROWS } from "./use_rows.ts";

const ROWS = [...DISCOVERY_ROWS, ...SIGN_IN_ROWS, ...METADATA_ROWS, ...USE_ROWS, ...KEPT_ROWS];

/** Lines that are not about the fault, or need a person. */
const NOT_RUN = /record a trace|browser|terminal|allow more time|limit of mcpass/i;

/** Faults after which the line is right, and the next refusal has the same code. */
const REFUSED_AGAIN: readonly string[] = [
  "the authorization server does not know the resource",
  "loopback redirects may not be registered",
  "the client is refused",
  "the person, or a policy, says no",
];

/** The line as a test can run it: nobody is at a terminal. */
function headless(words: readonly string[]): readonly string[] {
  return words.includes("login") && !words.includes("--auth-mode")
    ? [...words, "--auth-mode", "headless"]
    : words;
}

async function assertLines(row: BrokenServer): Promise<void> {
  await withBroken(row, async (run, own) => {
    const text = readable(await run("human"));
    const asked = await parsePrinted(own);
    for (const { intro, words, isTry } of printedLines(text)) {
      const line = words.join(" ");
      assert.ok(!isTry || !hasPlaceholder(words), line);
      const printed = await parsePrinted(words).catch((error) => assert.fail(`${line}: ${error}`));
      // A command that was just run is no advice.
      const isSame = printed.name === asked.name &&
        JSON.stringify(printed.options) === JSON.stringify(asked.options);
      assert.ok(!isSame || NOT_RUN.test(intro), line);
      if (printed.name !== "oauth login" || NOT_RUN.test(intro) || hasPlaceholder(words)) continue;
      const again = await run("json", headless(words));
      const codes = again.status === 0 ? [] : codesOf(again, again.stderr);
      const isRefusedAgain = REFUSED_AGAIN.includes(row.fault);
      assert.equal(codes.includes(row.code), isRefusedAgain, `${line}\n${again.stderr}`);
      assert.ok(!again.stderr.includes(`mcpass ${line}\n`), again.stderr);
    }
  });
}

for (const row of ROWS) {
  Deno.test(`${row.fault}: each printed command parses, and a login that is complete goes further (${row.code})`, async () => {
    await assertLines(row);
  });
}
