import assert from "node:assert/strict";
import { CLIENT_IDS } from "../../../src/flow/mcp_clients/client_table.ts";
import { CLIENTS } from "../../../src/cli/app/resolve_command.ts";
import { run } from "../fake_runtime.ts";

const URL = "https://server.example/mcp";

/** What is typed, and the line or the advice that is printed. */
const ROWS: readonly (readonly [typed: string, says: RegExp])[] = [
  ["connect cursor", /Try: +mcpass config cursor\n/],
  [`add Cursor ${URL}`, /Try: +mcpass config cursor https:\/\/server\.example\/mcp\n/],
  [`connect ${URL}`, /Try: +mcpass login https:\/\/server\.example\/mcp\n/],
  ["connect linear", /Try: +mcpass login\n/],
  [`login ${URL} --port 8080`, /mean --redirect-url http:\/\/127\.0\.0\.1:<port>\/callback\?/],
  [`config foo ${URL}`, /Use one of: claude-code/],
  [`config ro ${URL}`, /Did you mean roo\?/],
  ["credential headers", /^error: missing <url> of the server: mcpass credential headers <url>/],
];

for (const [typed, says] of ROWS) {
  Deno.test(`mcpass ${typed} leads to what was meant`, async () => {
    const { stderr } = await run(typed.split(" "));
    assert.match(stderr, says);
  });
}

Deno.test("each client of config can be meant", () => {
  assert.deepEqual(
    [...CLIENTS, "generic"].sort(),
    [...CLIENT_IDS].sort(),
  );
});
