import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { run } from "./fake_world.ts";
import { fixturePath, TLS } from "../lab/mtls_lab.ts";

/** Variables of runtimes that change what is trusted. */
const VARIABLES: readonly Readonly<Record<string, string>>[] = [
  { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  { NODE_EXTRA_CA_CERTS: fixturePath("ca.crt") },
  { NODE_USE_SYSTEM_CA: "1", SSL_CERT_FILE: fixturePath("ca.crt") },
  { NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_FILE: fixturePath("ca.crt") },
  { SSL_CERT_FILE: fixturePath("ca.crt"), SSL_CERT_DIR: fixturePath("") },
];

const COMMANDS = [
  ["oauth", "metadata"],
  ["oauth", "proxy", "--allow-private"],
  ["server", "probe"],
] as const;

for (const env of VARIABLES) {
  const name = Object.keys(env).join(" and ");
  Deno.test(`${name} does not make a certificate trusted`, async () => {
    let served = 0;
    await using server = Deno.serve(
      { ...TLS, hostname: "127.0.0.1", port: 0, onListen() {} },
      () => {
        served += 1;
        return new Response("{}");
      },
    );
    const url = `https://localhost:${server.addr.port}/.well-known/oauth-authorization-server`;
    for (const command of COMMANDS) {
      const home = await Deno.makeTempDir();
      try {
        const { code, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "-A", "--quiet", "--no-check", "--config", `${ROOT}deno.json`],
            ...[`${ROOT}main.ts`, ...command, "--url", url],
          ],
          env: { MCPASS_HOME: home, ...env },
          stdin: "null",
        }).output();
        const text = new TextDecoder().decode(stderr);
        assert.equal(code, 1, `${command.join(" ")}: ${text}`);
        assert.match(text, /certificate is not trusted here/, command.join(" "));
      } finally {
        await Deno.remove(home, { recursive: true });
      }
    }
    assert.equal(served, 0);
  });
}

Deno.test("SSLKEYLOGFILE is not obeyed silently", async () => {
  const env = { SSLKEYLOGFILE: "/tmp/keys" };
  const login = ["login", "--url", "https://mcp.example/mcp"];
  const warning =
    /^warning: SSLKEYLOGFILE is set: the runtime writes the keys of each TLS connection/m;
  assert.match((await run(login, { env })).stderr, warning);
  assert.doesNotMatch((await run(login)).stderr, warning);
  assert.doesNotMatch((await run([...login, "--quiet"], { env })).stderr, warning);
  assert.doesNotMatch((await run(["version"], { env })).stderr, warning);
});
