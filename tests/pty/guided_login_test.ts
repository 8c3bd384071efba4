import assert from "node:assert/strict";
import { filesBelow } from "../../scripts/shell.ts";
import { startFakeLab, startLab } from "../lab/shapes.ts";
import {
  type Ended,
  type GuidedTerminal,
  KEYS,
  matchesSnapshot,
  settledScreen,
  startGuided,
} from "./guided_terminal.ts";

const FIXED = "http://127.0.0.1/callback";
const PROTECTION = { challenge: { scope: "mcp:read" } };
const { enter, down, space, ctrlC, ctrlZ, escape } = KEYS;

const SERVER = "Which MCP server?";
const SETTINGS = "Sign in with these settings?";
const CLIENT = "How should mcpass identify itself?";
const SCOPES = "What may this client do?";
const CONSENT = "How do you want to sign in?";
const CHECK = "Verify the token by listing the tools?";

function hostOf(url: string): string {
  return url.replace(/^http:\/\//, "");
}

/** The terminal edits lines again, its cursor is shown, and nothing is wider than it. */
function assertClean({ raw, rows }: Ended): void {
  const settings = raw.slice(raw.lastIndexOf("<rc"));
  for (const on of ["echo", "icanon", "isig", "icrnl"]) {
    assert.match(settings, new RegExp(`\\s${on}\\s`), `${on} in ${settings}`);
  }
  assert.ok(raw.lastIndexOf("\x1b[?25h") >= raw.lastIndexOf("\x1b[?25l"), "the cursor is hidden");
  assert.doesNotMatch(rows.join("\n"), /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "a block was left behind");
}

async function pasteBack(terminal: GuidedTerminal): Promise<void> {
  await terminal.press(`${await terminal.consent()}`, enter);
}

Deno.test("a guided login with dynamic registration, by a host name, down to a called tool", async () => {
  await using lab = await startLab({ protection: PROTECTION });
  await using terminal = await startGuided(80);
  await terminal.answer(SERVER, hostOf(lab.mcpUrl).replace("/mcp", ""), enter);
  await terminal.answer(SETTINGS, down, enter);
  await terminal.answer(CLIENT, enter);
  await terminal.answer(SCOPES, down, down, down, space, enter);
  await terminal.answer(CONSENT, down, enter);
  await terminal.answer(CHECK, enter);
  await pasteBack(terminal);
  await terminal.answer("Also call a tool?", down, enter);
  const ended = await terminal.end();
  assert.equal(ended.status, 0, ended.raw);
  await matchesSnapshot("dcr_80", settledScreen(ended.lines));
  assert.match(
    ended.lines.at(-1) ?? "",
    /^ {2}mcpass login \S+\/mcp --registration dcr .*--verify-call-tool test-tool$/,
  );
  assertClean(ended);
});

Deno.test("a guided login with one yes ends without a further question, and shows no token", async () => {
  await using lab = await startLab({ protection: PROTECTION });
  await using terminal = await startGuided(80);
  await terminal.answer(SERVER, lab.mcpUrl, enter);
  await terminal.answer(SETTINGS, enter);
  await pasteBack(terminal);
  const ended = await terminal.end();
  assert.equal(ended.status, 0, ended.raw);
  await matchesSnapshot("settings_80", settledScreen(ended.lines));
  assert.doesNotMatch(ended.raw, /eyJ/);
  assertClean(ended);
});

Deno.test("a guided login with a public client that was registered beforehand, at forty columns", async () => {
  await using lab = await startLab({
    as: { clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
    protection: PROTECTION,
  });
  await using terminal = await startGuided(40, "login");
  await terminal.answer(SERVER, lab.mcpUrl, enter);
  await terminal.answer(SETTINGS, down, enter);
  await terminal.answer(CLIENT, down, enter);
  await terminal.answer("Client ID, from the authorization", "public-1", enter);
  await terminal.answer("(empty if it has none)", enter);
  await terminal.answer(SCOPES, enter);
  await terminal.answer(CONSENT, down, enter);
  await terminal.answer(CHECK, down, enter);
  await pasteBack(terminal);
  const ended = await terminal.end();
  assert.equal(ended.status, 0, ended.raw);
  await matchesSnapshot("preregistered_40", settledScreen(ended.lines));
  assertClean(ended);
});

Deno.test("a guided login with a client secret, which is never shown, at two hundred columns", async () => {
  await using lab = await startLab({
    as: {
      clients: [{ clientId: "conf-1", clientSecret: "canary-secret", redirectUris: [FIXED] }],
      authMethods: ["client_secret_basic"],
    },
    protection: PROTECTION,
  });
  await using terminal = await startGuided(200, "oauth login");
  await terminal.answer(SERVER, lab.mcpUrl, enter);
  await terminal.answer(SETTINGS, down, enter);
  await terminal.answer(CLIENT, down, enter);
  await terminal.answer("Client ID, from the authorization", "conf-1", enter);
  await terminal.answer("Client secret", "canary-secret", enter);
  await terminal.answer(SCOPES, enter);
  await terminal.answer(CONSENT, down, enter);
  await terminal.answer(CHECK, down, enter);
  await pasteBack(terminal);
  const ended = await terminal.end();
  assert.equal(ended.status, 0, ended.raw);
  // The result on stdout holds the credentials, as it says in its help.
  assert.doesNotMatch(ended.raw.slice(0, ended.raw.indexOf("Signed in to")), /canary/);
  await matchesSnapshot("secret_200", settledScreen(ended.lines));
  assertClean(ended);
});

Deno.test("a guided login with a client metadata document", async () => {
  const url = "https://client.example/metadata.json";
  await using lab = await startFakeLab({
    clientDocuments: { [url]: { client_id: url, client_name: "test", redirect_uris: [FIXED] } },
  });
  await using terminal = await startGuided(80, "login");
  await terminal.answer(SERVER, lab.mcpUrl, enter);
  await terminal.answer(SETTINGS, down, enter);
  await terminal.answer(CLIENT, down, enter);
  await terminal.answer("URL of the metadata document", url, enter);
  await terminal.answer(SCOPES, enter);
  await terminal.answer(CONSENT, down, enter);
  await terminal.answer(CHECK, down, enter);
  await pasteBack(terminal);
  const ended = await terminal.end();
  assert.equal(ended.status, 0, ended.raw);
  await matchesSnapshot("cimd_80", settledScreen(ended.lines));
  assertClean(ended);
});

/** The questions of a login with a preregistered client, and what is pressed at each. */
const WALK: readonly (readonly [question: string, ...keys: string[]])[] = [
  [SERVER, "", enter],
  [SETTINGS, down, enter],
  [CLIENT, down, enter],
  ["Client ID, from the authorization", "public-1", enter],
  ["(empty if it has none)", enter],
  [SCOPES, enter],
  [CONSENT, down, enter],
  [CHECK, down, enter],
  ["left. Or paste", ""],
];

for (const [stop, [question]] of WALK.entries()) {
  Deno.test(`Ctrl-C at "${question}" ends with 130 and leaves nothing behind`, async () => {
    await using lab = await startLab({
      as: { clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
      protection: PROTECTION,
    });
    await using terminal = await startGuided(80, "login");
    for (const [at, [asked, first = "", ...keys]] of WALK.slice(0, stop).entries()) {
      await terminal.answer(asked, at === 0 ? lab.mcpUrl : first, ...keys);
    }
    await terminal.answer(question, stop === 1 ? escape : ctrlC);
    const ended = await terminal.end();
    assert.equal(ended.status, 130, ended.raw);
    assert.match(ended.lines.join("\n"), /cancelled/);
    assert.deepEqual(await filesBelow(terminal.home), []);
    const posts = lab.requests.filter(({ server, method }) => server === "as" && method === "POST");
    assert.deepEqual(posts.map(({ path }) => path), []);
    assertClean(ended);
  });
}

for (const [name, key] of [["Ctrl-C", ctrlC], ["Esc", escape]] as const) {
  Deno.test(`${name} at the question for a tool ends with 130, and the sign-in is kept`, async () => {
    await using lab = await startLab({ protection: PROTECTION });
    await using terminal = await startGuided(80);
    await terminal.answer(SERVER, lab.mcpUrl, enter);
    await terminal.answer(SETTINGS, down, enter);
    await terminal.answer(CLIENT, enter);
    await terminal.answer(SCOPES, enter);
    await terminal.answer(CONSENT, down, enter);
    await terminal.answer(CHECK, enter);
    await pasteBack(terminal);
    await terminal.answer("Also call a tool?", key);
    const ended = await terminal.end();
    assert.equal(ended.status, 130, ended.raw);
    const text = ended.lines.join("\n");
    assert.match(text, /cancelled/);
    assert.match(text, /stored as localhost-\d+ in\s+\S+\.json/);
    const kept = (await filesBelow(terminal.home)).filter((path) => path.endsWith(".json"));
    assert.ok(kept.some((path) => text.includes(`${terminal.home}/${path}`)), `${kept}\n${text}`);
    assertClean(ended);
  });
}

Deno.test("--no-color takes the colours out of the questions too", async () => {
  await using lab = await startLab({ protection: PROTECTION });
  await using terminal = await startGuided(80, "login --no-color", { NO_COLOR: "" });
  await terminal.answer(SERVER, lab.mcpUrl, enter);
  await terminal.answer(SETTINGS, down, enter);
  await terminal.answer(CLIENT, down, enter);
  await terminal.answer("Client ID, from the authorization", ctrlC);
  const ended = await terminal.end();
  assert.equal(ended.status, 130);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(ended.raw, /\x1b\[[\d;]*m/);
  assertClean(ended);
});

Deno.test("TERM=dumb gets lines and prompts without escape sequences", async () => {
  await using lab = await startLab({
    as: { clients: [{ clientId: "public-1", redirectUris: [FIXED] }] },
    protection: PROTECTION,
  });
  await using terminal = await startGuided(80, "login", { TERM: "dumb", NO_COLOR: "" });
  await terminal.answer(SERVER, lab.mcpUrl, enter);
  await terminal.answer(SETTINGS, "2", enter);
  await terminal.answer(CLIENT, "2", enter);
  await terminal.answer("Client ID, from the authorization", "public-1", enter);
  await terminal.answer("(empty if it has none)", enter);
  await terminal.answer(SCOPES, "4", enter);
  await terminal.answer(CONSENT, "2", enter);
  await terminal.answer(CHECK, "no", enter);
  await terminal.answer("Or paste the full URL", ctrlC);
  const ended = await terminal.end();
  assert.equal(ended.status, 130);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(ended.raw.slice(0, ended.raw.indexOf("<rc")), /\x1b/);
  assert.match(ended.lines.join("\n"), /Sending a request without a token \.\.\. done \(127/);
});

// The shell of this terminal has no job control, so the program is not stopped.
Deno.test("Ctrl-Z at a question: the next key reaches the question, without Enter", async () => {
  await using lab = await startLab({ protection: PROTECTION });
  await using terminal = await startGuided(80);
  await terminal.answer(SERVER, hostOf(lab.mcpUrl), enter);
  await terminal.answer(SETTINGS, down, enter);
  await terminal.answer(CLIENT, ctrlZ);
  // After the key, the terminal is in line mode for a moment.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await terminal.press(down);
  await terminal.sees("● With an existing client ID");
  await terminal.press(ctrlC);
  assert.equal((await terminal.end()).status, 130);
});
