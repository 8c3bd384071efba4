import assert from "node:assert/strict";
import { connect } from "node:tls";
import { openHome } from "../../cli/real_run.ts";
import { fixturePath } from "../mtls_lab.ts";
import { startAuditLab } from "./audit_lab.ts";
import type { AuditLab } from "./audit_lab.ts";

const BOUND = "tls_client_certificate_bound_access_tokens";
const REDIRECT_URI = "http://127.0.0.1:7/callback";

async function authorityFile(lab: AuditLab): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(path, lab.authority ?? "");
  return path;
}

/** The status of a request by plain http to the port of an https URL; 0 if there is no answer. */
async function plainStatus(url: string): Promise<number> {
  try {
    const response = await fetch(url.replace("https:", "http:"));
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

function daysLeft(lab: AuditLab): Promise<number> {
  const { hostname, port } = new URL(lab.mcpUrl);
  const options = { host: hostname, port: Number(port), ca: [lab.authority ?? ""] };
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      resolve((Date.parse(end) - Date.now()) / (24 * 3600 * 1000));
    });
    socket.on("error", reject);
  });
}

Deno.test("mcpass signs in to the audit lab by https", async () => {
  await using lab = await startAuditLab({ tls: true });
  await using home = await openHome();
  const file = await authorityFile(lab);
  await home.signIn(lab, "--verify-tools", "--ca-file", file);
  await Deno.remove(file);
  assert.match(lab.mcpUrl, /^https:/);
  assert.equal(await plainStatus(lab.mcpUrl), 0);
  assert.ok(await daysLeft(lab) > 200);
});

Deno.test("the audit lab can answer plain http, and its certificate can be about to expire", async () => {
  await using lab = await startAuditLab({ tls: true, broken: ["tls_plain", "tls_certificate"] });
  const { origin } = new URL(lab.mcpUrl);
  assert.equal(await plainStatus(`${origin}/.well-known/oauth-protected-resource`), 200);
  assert.ok(Math.abs(await daysLeft(lab) - 3) < 0.1);
});

/** A certificate-bound token and the status of a request with it over another connection. */
async function useElsewhere(lab: AuditLab): Promise<{ own: number; other: number }> {
  const caCerts = [lab.authority ?? ""];
  const read = (name: string) => Deno.readTextFileSync(fixturePath(name));
  using certified = Deno.createHttpClient({
    caCerts,
    cert: read("client.crt"),
    key: read("client.key"),
  });
  using anonymous = Deno.createHttpClient({ caCerts });
  const post = (path: string, type: string, body: string) =>
    fetch(lab.issuer + path, {
      client: certified,
      method: "POST",
      headers: { "content-type": type },
      body,
    });
  const registered = await post(
    "/register",
    "application/json",
    JSON.stringify({
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "none",
      [BOUND]: true,
    }),
  );
  const { client_id } = await registered.json();
  const verifier = "v".repeat(43);
  const challenge = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)),
  ).toBase64({ alphabet: "base64url", omitPadding: true });
  const query = new URLSearchParams({
    client_id,
    redirect_uri: REDIRECT_URI,
    response_type: "code",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const { headers, body } = await fetch(`${lab.issuer}/authorize?${query}`, {
    client: certified,
    redirect: "manual",
  });
  await body?.cancel();
  const code = new URL(headers.get("location") ?? "").searchParams.get("code") ?? "";
  const exchanged = await post(
    "/token",
    "application/x-www-form-urlencoded",
    String(
      new URLSearchParams({
        grant_type: "authorization_code",
        code,
        client_id,
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      }),
    ),
  );
  const { access_token } = await exchanged.json();
  const use = async (client: Deno.HttpClient) => {
    const response = await fetch(lab.mcpUrl, {
      client,
      method: "POST",
      headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} }),
    });
    await response.body?.cancel();
    return response.status;
  };
  return { own: await use(certified), other: await use(anonymous) };
}

Deno.test("a certificate-bound token works only with its certificate, unless the lab is broken", async () => {
  await using lab = await startAuditLab({ tls: true });
  assert.deepEqual(await useElsewhere(lab), { own: 200, other: 401 });
  await using broken = await startAuditLab({ tls: true, broken: ["mtls_bound"] });
  assert.deepEqual(await useElsewhere(broken), { own: 200, other: 200 });
});
