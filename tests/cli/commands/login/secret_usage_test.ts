import assert from "node:assert/strict";
import { run, type Setup } from "../../fake_runtime.ts";

const CANARY = "canary-0123456789";
const URL = ["--url", "https://mcp.example/mcp"];

/** Wrong command lines around a secret. */
const WRONG: readonly (readonly [words: readonly string[], setup?: Setup])[] = [
  [["login", ...URL, "--client-id", "a", "--client-secret", CANARY, "--client-secret", "other"]],
  [["login", ...URL, "--client-id", "a", "--client-secrt", CANARY]],
  [["login", ...URL, "--client-id", "a", `--client-secrt=${CANARY}`]],
  [["login", ...URL, "--client-id", "a", `--verify-tools=${CANARY}`]],
  [["login", ...URL, "--client-id", "a", CANARY]],
  [["login", ...URL, "--client-secret", CANARY]],
  [["login", ...URL, "--registration", "dcr", "--client-id", "a", "--client-secret", CANARY]],
  [["login", ...URL, "--client-id", "a", "--client-secret-file", CANARY]],
  [["login", ...URL, "--client-id", "a", "--client-secret-file", CANARY.repeat(200)]],
  [["login", ...URL, "--client-id", "a"], { env: { MCPASS_CLIENT_SECRET_FILE: CANARY } }],
  [["login", ...URL, "--client-id", "a", "--client-secret-file", "-"], {
    stdin: `${CANARY}\n${CANARY}\n`,
  }],
  [["login", ...URL, "--client-id", "a", "--private-key-file", CANARY]],
  [["login", ...URL, "--client-id", "a", "--private-key-file", "-"], { stdin: CANARY }],
  [["login", ...URL, "--client-id", "a", "--private-key-file", "-"], {
    stdin: `{"d":"${CANARY}"}`,
  }],
  [["login", ...URL, "--client-id", "a", "--private-key-file", "-"], {
    stdin: `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`,
  }],
  [["login", ...URL, "--registration-token-file", CANARY]],
  [["login", ...URL, "--software-statement-file", CANARY]],
  [["login", ...URL, "--auth-mode", "jwt_bearer", "--assertion-file", CANARY]],
  [["login", ...URL, "--header", CANARY]],
  [["login", ...URL, "--header", `X-Api-Key ${CANARY}: more`]],
  [["login", ...URL, "--header", `X-Api-Key ${CANARY}:more`]],
  [["login", ...URL, "--header", `Authorization: Bearer ${CANARY}`]],
  [["login", ...URL, "--header", `Host: ${CANARY}`]],
  [["login", ...URL, "--header", `X-Key: ${CANARY}\u0001`]],
  [["login", ...URL], { env: { MCPASS_HEADER: CANARY } }],
  [["login", ...URL, "--proxy", CANARY]],
  [["login", ...URL, "--proxy", `ftp://u:${CANARY}@proxy.example`]],
  [["login", ...URL, "--proxy", `http://u:${CANARY}@`]],
  [["login", ...URL], { env: { MCPASS_PROXY: `u:${CANARY}@proxy.example` } }],
  [["login", "--url", `https://u:${CANARY}@mcp.example/mcp`]],
  [["login", "--url", `u:${CANARY}@mcp.example/mcp`]],
  [["login", "--url", `ftp://u:${CANARY}@mcp.example/mcp`]],
  [["login", ...URL, "--trust-issuer", `https://u:${CANARY}@as.example`]],
  [["login", ...URL, "--trust-issuer", `https://u:${CANARY}@as.example=https://b.example`]],
  [["login", ...URL, "--resource", `https://u:${CANARY}@as.example/#x`]],
  [["login", ...URL, "--redirect-url", `http://u:${CANARY}@127.0.0.1/callback`]],
  [["login", ...URL, "--client-metadata-url", `https://u:${CANARY}@app.example`]],
  [["tools", "list", ...URL, "--access-token", `${CANARY} x`]],
  [["tools", "list", ...URL, "--access-token", CANARY, "--oauth-access-token", `${CANARY}x`]],
  [["tools", "list", ...URL, "--access-token", CANARY, "--credentials-file", "x.json"]],
  [["tools", "list", ...URL], { env: { MCPASS_ACCESS_TOKEN: `${CANARY}\n` } }],
  [["oauth", "proxy", "--url", "https://as.example/", "--header", `Authorization ${CANARY}: x`]],
  [["oauth", "proxy", "--url", `https://u:${CANARY}@as.example/`]],
  [["oauth", "proxy", "--url", "https://as.example/", "--proxy", `http://u:${CANARY}@p.example`]],
  [["oauth", "token", ...URL, CANARY]],
];

for (const [words, setup] of WRONG) {
  const name = `${words.join(" ")}${setup === undefined ? "" : ` ${JSON.stringify(setup)}`}`;
  Deno.test(`no message repeats the secret: ${name.slice(0, 160)}`, async () => {
    for (const format of [["--format", "json"], []]) {
      const ran = await run([...words, ...words[1] === "token" ? [] : format], setup);
      assert.equal(ran.status, 2, ran.stdout + ran.stderr);
      assert.equal((ran.stdout + ran.stderr).includes(CANARY), false, ran.stderr);
    }
  });
}
