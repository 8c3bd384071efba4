import assert from "node:assert/strict";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import { flat, openHome } from "../../real_run.ts";

const FLAGS = ["--group", "registration", "--format", "human"];

Deno.test("an audit removes its clients, and leaves no residue file", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const ran = await home.run(["oauth", "conformance", lab.mcpUrl, ...FLAGS]);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.doesNotMatch(ran.stdout, /not removed/);
  assert.deepEqual(lab.registeredClients(), []);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${home.path}/audits`)), []);
});

Deno.test("what an audit could not remove stays in the file, also after --clean-up", async () => {
  await using broken = await startAuditLab({ broken: ["dcr_delete"] });
  await using home = await openHome();
  const path = `${home.path}/residue.json`;
  const ran = await home.run([
    ...["oauth", "conformance", broken.mcpUrl, "--residue", path],
    ...FLAGS,
  ]);
  const count = broken.registeredClients().length;
  assert.ok(count > 0);
  assert.match(flat(ran.stdout), /not removed \(HTTP 405.*\): client /);
  assert.match(
    flat(ran.stdout),
    /To try again: mcpass oauth conformance --clean-up \S+residue.json/,
  );
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);

  const still = await home.run(["oauth", "conformance", "--clean-up", path, "--format", "json"]);
  assert.equal(still.status, 3);
  const document = JSON.parse(still.stdout);
  assert.equal(document.error.code, "residue_left");
  assert.equal(document.removal.left.length, count);
  assert.doesNotMatch(still.stdout + still.stderr, /registrationToken/);
});

Deno.test("--clean-up of a file that an audit interrupted", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  const path = `${home.path}/residue.json`;
  const redirect = {
    redirect_uris: ["http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
  };
  const answer = await fetch(`${lab.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(redirect),
  });
  const client = await answer.json();
  const entry = {
    kind: "client",
    issuer: lab.issuer,
    endpoint: `${lab.issuer}/register`,
    clientId: client.client_id,
    registrationUri: client.registration_client_uri,
    registrationToken: client.registration_access_token,
  };
  const document = { format: "mcpass-residue-1", serverUrl: lab.mcpUrl, entries: [entry] };
  await Deno.writeTextFile(path, JSON.stringify(document));
  const ran = await home.run(["oauth", "conformance", "--clean-up", path, "--format", "human"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /^Removed 1 client and all tokens$/m);
  assert.deepEqual(lab.registeredClients(), []);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("--clean-up refuses another file", async () => {
  await using home = await openHome();
  const ran = await home.run(["oauth", "conformance", "--clean-up", "deno.json"]);
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /residue_file_invalid/);
});
