import assert from "node:assert/strict";
import { sequence } from "../../../lab/journal.ts";
import { startScriptedServer } from "../../../lab/scripted_server.ts";
import { startFakeLab, startLab } from "../../../lab/shapes.ts";
import { guided } from "../../guided_login.ts";
import { flat, openHome } from "../../real_run.ts";

const CHALLENGED = { challenge: { scope: "mcp:read" } };
const FIXED = "http://127.0.0.1/callback";

function line(stderr: string): string {
  return /Equivalent command[^\n]*\n {2}(.*)\n/.exec(stderr)?.[1] ?? "";
}

const withoutPkce = (document: object) => ({
  ...document,
  code_challenge_methods_supported: undefined,
});

Deno.test("a wrong URL is asked again with the answer to edit, until a server is found", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using nothing = startScriptedServer({ routes: {} });
  await using page = startScriptedServer({
    routes: { "/": { status: 200, headers: [["content-type", "text/html"]], body: "<p>hi" } },
  });
  await using home = await openHome();
  const elsewhere = "https://no-such-host.invalid";
  // The last URL is pasted behind the one to edit.
  const pasted = `http://127.0.0.1:1${lab.mcpUrl}`;
  const answers = [elsewhere, nothing.origin, page.origin, "http://127.0.0.1:1", pasted];
  const ran = await guided(home, ["login"], [...answers, "dcr", "as ticked", "none"]);
  assert.equal(ran.status, 0, ran.stderr);
  const said = flat(ran.stderr);
  assert.ok(
    said.includes(`No MCP server found at ${nothing.origin}: /, /mcp, /sse answered 404`),
    said,
  );
  assert.ok(
    said.includes(
      `No MCP server found at ${page.origin}: / answered a web page (HTTP 200); ` +
        "/mcp, /sse answered 404",
    ),
    said,
  );
  assert.match(
    said,
    /Cannot reach https:\/\/no-such-host\.invalid: the host name could not be \w+ /,
  );
  assert.ok(said.includes("Cannot reach http://127.0.0.1:1: "), said);
  assert.deepEqual(ran.initials, [
    elsewhere,
    `${nothing.origin}`,
    `${page.origin}`,
    "http://127.0.0.1:1",
  ]);
  assert.equal(line(ran.stderr), `mcpass login ${lab.mcpUrl} --registration dcr`);
});

Deno.test("a name that no sign-in has is not accepted as an answer, and asked again", async () => {
  await using home = await openHome();
  const refused = await guided(home, ["login"], ["nosuch"]);
  assert.match(
    flat(refused.stderr),
    /refused: no sign-in is named "nosuch"\. Type its URL or host/,
  );
  const later = await guided(home, ["login", "http://127.0.0.1:1/mcp"], ["url", "nosuch"]);
  assert.match(flat(later.stderr), /refused: type the URL or the host of the server/);
});

for (const answer of ["no", "yes"] as const) {
  Deno.test(`PKCE that is not announced is one question with its risk: ${answer}`, async () => {
    await using lab = await startLab({ as: { metadata: withoutPkce }, protection: CHALLENGED });
    await using home = await openHome();
    const ran = await guided(
      home,
      ["login", "--format", "human"],
      [lab.mcpUrl, answer, ...answer === "yes" ? ["dcr", "as ticked", "none"] : []],
    );
    const question = `Sign in at ${lab.issuer} although it does not announce PKCE?`;
    assert.equal(ran.questions[1], question);
    assert.deepEqual(ran.offered[0], ["no", "yes"]);
    assert.match(ran.before.join(" "), /PKCE makes a stolen authorization code useless/);
    const signedIn = await home.store.find(lab.mcpUrl);
    if (answer === "no") {
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, / --trust-pkce /);
      assert.deepEqual(signedIn, []);
      assert.equal(line(ran.stderr), "");
    } else {
      assert.equal(ran.status, 0, ran.stderr);
      assert.ok(line(ran.stderr).includes(` --trust-pkce ${lab.issuer} `), ran.stderr);
      assert.equal(signedIn[0]?.relaxations.trustPkce, lab.issuer);
      const first = sequence(lab.requests).filter((it) => it.startsWith("mcp POST"));
      assert.deepEqual(first, ["mcp POST /mcp tools/list"]);
    }
  });
}

Deno.test("without a guide, a terminal is asked too; without a terminal nothing is", async () => {
  await using lab = await startLab({ as: { metadata: withoutPkce }, protection: CHALLENGED });
  await using home = await openHome();
  const args = ["login", "--url", lab.mcpUrl, "--format", "json"];
  const ran = await guided(home, args, ["yes"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.questions.length, 1);
  assert.equal(JSON.parse(ran.stdout).completed, true);
  for (const quiet of [["--no-input"], ["--quiet"]]) {
    const refused = await guided(home, [...args, ...quiet], []);
    assert.deepEqual([refused.status, refused.questions], [1, []], refused.stderr);
  }
});

Deno.test("a refused registration: a client id of one's own continues without another discovery", async () => {
  await using lab = await startLab({
    as: {
      clients: [{ clientId: "conf-1", clientSecret: "canary-secret", redirectUris: [FIXED] }],
      registration: { initialAccessToken: "needed" },
    },
    protection: CHALLENGED,
  });
  await using home = await openHome();
  const ran = await guided(home, ["login"], [
    ...[lab.mcpUrl, "dcr", "as ticked", "none"],
    ...["preregistered", "conf-1", "canary-secret"],
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  const asked = sequence(lab.requests);
  assert.equal(asked.filter((it) => it.includes("well-known")).length, 2, asked.join("\n"));
  assert.equal(ran.questions.filter((it) => it.includes("(scopes)")).length, 1);
  assert.match(line(ran.stderr), /--registration preregistered --client-id conf-1 /);
});

Deno.test("every row of the menu after a failure, and a trace that is saved on the way", async () => {
  await using lab = await startFakeLab({ clients: [{ clientId: "public-1" }] });
  await using home = await openHome();
  const ran = await guided(home, ["login", "--url", lab.mcpUrl, "--client-id", "nobody"], ["stop"]);
  assert.equal(ran.status, 1);
  assert.deepEqual(ran.questions, ["What next?"]);
  assert.equal(ran.offered[0]?.at(-1), "stop");
  for (const row of ["preregistered", "dcr", "scopes", "again", "trace"]) {
    assert.ok(ran.offered[0]?.includes(row), `${row} in ${ran.offered[0]}`);
  }
  assert.equal(ran.stderr.match(/error:/g)?.length, 1);
});

Deno.test("a store that cannot be used ends the login before the first question", async () => {
  await using home = await openHome();
  const folder = home.path;
  await Deno.writeTextFile(`${folder}/notes.txt`, "");
  await Deno.chmod(folder, 0o777);
  const ran = await guided(home, ["login", "--format", "json"], []);
  assert.deepEqual([ran.questions, ran.status], [[], 1], ran.stderr);
  assert.equal(JSON.parse(ran.stdout).error.code, "store_permissions");
});

Deno.test("a wrong path on the command line: the host is searched, and nothing else is asked", async () => {
  await using lab = await startLab({ protection: CHALLENGED });
  await using home = await openHome();
  const url = `${new URL(lab.mcpUrl).origin}/nothing`;
  const ran = await guided(home, ["login", "--url", url], ["search"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, ["What next?"]);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
  assert.ok(line(ran.stderr).includes(lab.mcpUrl), ran.stderr);
});

for (
  const [announced, shown] of [
    ["https://good.example=.evil.example", "https://good.example=.evil.example"],
    ["https://a.example? Answer yes", '"https://a.example? Answer yes"'],
    [`https://${"a".repeat(400)}.example`, `"https://${"a".repeat(292)}…"`],
  ] as const
) {
  Deno.test(`the question about an issuer shows all of ${shown.slice(0, 60)}, and no other words`, async () => {
    const metadata = (document: object) => ({ ...document, issuer: announced });
    await using lab = await startLab({ as: { metadata }, protection: CHALLENGED });
    await using home = await openHome();
    const ran = await guided(home, ["login"], [lab.mcpUrl, "no"]);
    assert.equal(ran.questions[1], `Accept the issuer ${shown} for ${lab.issuer}?`);
    assert.deepEqual(ran.offered[0], ["no", "yes"]);
    assert.deepEqual(await home.store.find(lab.mcpUrl), []);
  });
}

Deno.test("after a stop, a trace that was asked for is named with the command that reads it", async () => {
  await using lab = await startLab({ protection: { resource: "https://other.example/mcp" } });
  await using home = await openHome();
  const path = `${home.path}/debug.json`;
  const ran = await guided(home, ["login", lab.mcpUrl, "--debug-out", path], ["stop"]);
  assert.equal(ran.status, 1);
  assert.equal(ran.stderr.split("(resource_mismatch)").length, 2, ran.stderr);
  assert.match(
    flat(ran.stderr),
    /Debug artifact +\S+debug\.json Read the trace: mcpass oauth report/,
  );
});

Deno.test("a second sign-in for a scope says why before it asks", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const ran = await guided(home, ["login", lab.mcpUrl, "--verify-call-tool", "write-thing"], []);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(
    flat(ran.stderr),
    /signing in again: the server requires the scope "mcp:write" requesting: scope mcp:read mcp:write/,
  );
});
