import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { ADDRESS, type IssuerRun } from "./issuer_program.ts";

/** An authority, and a certificate of it for these names. */
async function makeCertificates(folder: string, names: readonly string[]): Promise<void> {
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = [...made, "-subj", "/CN=authority", "-days", "2"];
  const server = [...made, "-subj", "/CN=server", "-days", "2"];
  const alternatives = names.map((name) => `DNS:${name}`).join(",");
  for (
    const args of [
      [...authority, "-keyout", `${folder}/ca.key`, "-out", `${folder}/ca.crt`],
      [
        ...[...server, "-keyout", `${folder}/server.key`, "-out", `${folder}/server.crt`],
        ...["-CA", `${folder}/ca.crt`, "-CAkey", `${folder}/ca.key`],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-addext", `subjectAltName=${alternatives}`],
      ],
    ]
  ) {
    const ended = await run("openssl", args);
    assert.ok(ended.success, ended.stderr);
  }
}

Deno.test("the executable asks the public suffix list, and sends a secret within the site alone", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-issuer-" });
  try {
    await makeCertificates(folder, ["mcp.one.test", "as.one.test", "as.two.test"]);
    await Deno.writeTextFile(`${folder}/resolv.conf`, "nameserver 127.0.0.1\n");
    const setUp = `ip link set lo up && ip addr add ${ADDRESS}/32 dev lo && ` +
      `mount --bind '${folder}/resolv.conf' /etc/resolv.conf && exec "$@"`;
    const login = (issuer: string, ...more: string[]) => [
      ...["oauth", "login", "--url", `https://mcp.one.test/${issuer}/mcp`],
      ...["--auth-mode", "client_credentials", "--client-id", "own", ...more],
    ];
    const order = [
      login("as.one.test"),
      login("as.two.test"),
      login("as.two.test", "--authorization-server", "https://as.two.test"),
    ];
    const ended = await run("unshare", [
      ...["--mount", "--net", "sh", "-c", setUp, "sh", Deno.execPath(), "run", "-A", "--quiet"],
      ...[`${ROOT}tests/binary/issuer_program.ts`, JSON.stringify(order), folder],
      `${ROOT}dist/mcpass`,
    ]);
    assert.ok(ended.success, ended.stderr);
    const runs: readonly IssuerRun[] = JSON.parse(ended.stdout);
    const outcomes = runs.map(({ code, document }) => [code, document.error?.code]);
    assert.deepEqual(outcomes, [[0, undefined], [1, "issuer_not_confirmed"], [0, undefined]]);
    const metadata = "GET https://as.two.test/.well-known/oauth-authorization-server";
    assert.deepEqual(runs[1]?.requests, [metadata]);
    const basic = btoa("own:canary-client-secret");
    assert.deepEqual(runs[2]?.requests, [
      metadata,
      `POST https://as.two.test/token Basic ${basic}`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
