import assert from "node:assert/strict";
import { ROOT } from "../../../scripts/shell.ts";
import { run } from "../fake_runtime.ts";
import { fixturePath, TLS } from "../../lab/mtls_lab.ts";

/** Variables of runtimes that could change what is trusted. */
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
            // SSL_CERT_FILE says where the system's store is, which is used by default.
            ..."SSL_CERT_FILE" in env ? ["--ca-store", "bundled"] : [],
          ],
          env: { MCPASS_HOME: home, ...env },
          stdin: "null",
        }).output();
        const text = new TextDecoder().decode(stderr);
        assert.equal(code, 1, `${command.join(" ")}: ${text}`);
        assert.match(text, /certificate is not trusted/, command.join(" "));
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

Deno.test("help environment names every variable that the sources read", async () => {
  const help = (await run(["help", "environment"])).stdout;
  const READS = /\benv\.(?:get|delete)\(\s*"([A-Za-z_]+)"/g;
  const found = new Set<string>(["PATH", "HOME", "XDG_DATA_HOME", "APPDATA", "ALL_PROXY"]);
  const folders = [`${ROOT}src`];
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) folders.push(`${folder}/${name}`);
      else {
        const text = await Deno.readTextFile(`${folder}/${name}`);
        for (const [, variable = ""] of text.matchAll(READS)) found.add(variable);
      }
    }
  }
  for (const [, variable = ""] of (await Deno.readTextFile(`${ROOT}main.ts`)).matchAll(READS)) {
    found.add(variable);
  }
  assert.ok(found.size > 20, [...found].join(" "));
  for (const variable of found) {
    assert.ok(help.toUpperCase().includes(variable.toUpperCase()), variable);
  }
});

Deno.test("no variable chooses a revision that checks less", async () => {
  const login = ["login", "--url", "https://mcp.example/mcp"];
  for (const version of ["2025-03-26", "2025-06-18"]) {
    const ran = await run(login, { env: { MCPASS_PROTOCOL_VERSION: version } });
    assert.equal(ran.status, 2);
    assert.match(
      JSON.parse(ran.stdout).error.message,
      /^MCPASS_PROTOCOL_VERSION: .* relaxes checks/,
    );
    assert.equal(ran.loaded, false);
    const typed = await run([...login, "--protocol-version", version], {
      env: { MCPASS_PROTOCOL_VERSION: version },
    });
    assert.deepEqual([typed.status, typed.plan?.protocolVersion], [0, version]);
  }
  for (const version of ["2025-11-25", "2026-07-28", "auto"]) {
    const ran = await run(login, { env: { MCPASS_PROTOCOL_VERSION: version } });
    assert.deepEqual([ran.status, ran.plan?.protocolVersion], [0, version]);
  }
});

Deno.test("no variable sets a flag of a relaxation", async () => {
  const ran = await run(["login", "--url", "https://mcp.example/mcp"], {
    env: {
      MCPASS_TRUST_ISSUER: "https://a.example=https://b.example",
      MCPASS_TRUST_PKCE: "https://a.example",
      MCPASS_RESOURCE: "none",
    },
  });
  assert.equal(ran.status, 0);
  const { trustIssuer, trustPkce, resource } = ran.plan ?? {};
  assert.deepEqual([trustIssuer, trustPkce, resource], [undefined, undefined, undefined]);
});
