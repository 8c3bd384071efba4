import assert from "node:assert/strict";
import { ROOT } from "../../../../scripts/shell.ts";
import { startLab } from "../../../lab/shapes.ts";
import { makeHome } from "../../token_commands.ts";

const MAIN = `${ROOT}main.ts`;
const CONFIG = `${ROOT}deno.json`;

/** The lines as a person copies them; only the program's name and jq are stood in for. */
const SCRIPT = `
set -eu
mcpass() { "$DENO" run --no-check -A --config "$CONFIG" "$MAIN" "$@"; }
jq() { "$DENO" eval "console.log(JSON.parse(await new Response(Deno.stdin.readable).text())$2)"; }

# Capture the token
TOKEN=$(mcpass oauth login --url "$SERVER" \\
  --protocol-version 2025-11-25 --registration dcr \\
  --format json | jq -r '.credentials.accessToken')

# Use it
mcpass server doctor --url "$SERVER" --oauth-access-token "$TOKEN"
mcpass tools list --url "$SERVER" --access-token "$TOKEN"
`;

Deno.test({
  name: "the token of a login's JSON works with server doctor and tools list in a shell script",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using home = await makeHome();
    await using lab = await startLab();
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", SCRIPT],
      env: {
        ...home.env,
        ...{ DENO: Deno.execPath(), MAIN, CONFIG, SERVER: lab.mcpUrl, NO_COLOR: "1" },
        ...{ MCPASS_AUTH_MODE: "headless", MCPASS_STORE: "none" },
      },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, err);
    const documents = (out ?? "").split(/(?<=^\})\n(?=\{)/m).map((text) => JSON.parse(text));
    assert.equal(documents.length, 2);
    assert.equal(documents[0].status, "ok", out);
    assert.deepEqual(documents[0].token.kind, "token");
    assert.equal(documents[1].tools.length, 5);
  },
});
