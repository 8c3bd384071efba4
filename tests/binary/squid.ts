/**
 * Squid as the proxy of a corporate network: it asks for a password and opens every TLS connection
 * with certificates of an authority of its own. Needs Debian's `squid-openssl` and `openssl`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

/** How the proxy is set up. */
export interface SquidOptions {
  /** Address it listens at. */
  readonly address: string;
  /** User and password it asks for, if any. */
  readonly login?: { readonly user: string; readonly password: string };
  /** File with the authority of the servers behind it. */
  readonly upstreamCa: string;
  /** What it takes names for: lines of a hosts file. */
  readonly hosts: string;
}

/** A running proxy. */
export interface Squid extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** File with the certificate of its authority. */
  readonly caFile: string;
  /** Its log so far: a line a request, `<status> <method> <target>`. */
  requests(): Promise<readonly string[]>;
}

const PORT = 3128;

function configuration(folder: string, options: SquidOptions): string {
  const listening = `http_port ${options.address}:${PORT} ssl-bump generate-host-certificates=on`;
  const login = options.login === undefined ? ["http_access allow all"] : [
    `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/passwords`,
    "acl known proxy_auth REQUIRED",
    "http_access allow known",
    "http_access deny all",
  ];
  return [
    `${listening} dynamic_cert_mem_cache_size=4MB tls-cert=${folder}/authority.pem`,
    `sslcrtd_program /usr/lib/squid/security_file_certgen -s ${folder}/certificates -M 4MB`,
    "sslcrtd_children 1",
    "acl hello at_step SslBump1",
    "ssl_bump peek hello",
    "ssl_bump bump all",
    `tls_outgoing_options cafile=${folder}/upstream.crt`,
    ...login,
    `hosts_file ${folder}/hosts`,
    "visible_hostname proxy.office",
    "logformat brief %>Hs %rm %ru",
    `access_log stdio:${folder}/access.log brief`,
    "cache deny all",
    "cache_log /dev/null",
    "pid_filename none",
    "pinger_enable off",
    "netdb_filename none",
    "shutdown_lifetime 0 seconds",
    "",
  ].join("\n");
}

async function must(program: string, ...args: string[]): Promise<string> {
  const done = await run(program, args);
  assert.ok(done.success, `${program} ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

/** Resolves when Squid says that it takes connections. */
async function accepting(stream: ReadableStream<Uint8Array>): Promise<void> {
  let said = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.includes("Accepting")) return;
  }
  throw new Error(`Squid ended: ${said}`);
}

/** Starts it. */
export async function startSquid(options: SquidOptions): Promise<Squid> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-squid-" });
  const caFile = `${folder}/authority.crt`;
  await must(
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] as const,
    ...["-nodes", "-days", "2", "-subj", "/CN=Office authority", "-out", caFile],
    ...["-keyout", `${folder}/authority.key`, "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  const pem = await Deno.readTextFile(`${folder}/authority.key`) +
    await Deno.readTextFile(caFile);
  await Deno.writeTextFile(`${folder}/authority.pem`, pem);
  await Deno.writeTextFile(`${folder}/hosts`, options.hosts);
  await Deno.copyFile(options.upstreamCa, `${folder}/upstream.crt`);
  if (options.login !== undefined) {
    const { user, password } = options.login;
    const hash = await must("openssl", "passwd", "-apr1", password);
    await Deno.writeTextFile(`${folder}/passwords`, `${user}:${hash}`);
  }
  await Deno.writeTextFile(`${folder}/squid.conf`, configuration(folder, options));
  await must(
    ...["/usr/lib/squid/security_file_certgen", "-c", "-s", `${folder}/certificates`] as const,
    ...["-M", "4MB"],
  );
  await must("chown", "-R", "proxy", folder);
  const child = new Deno.Command("squid", {
    args: ["-N", "-d", "1", "-f", `${folder}/squid.conf`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const [watched, rest] = child.stderr.tee();
  const draining = rest.pipeTo(new WritableStream());
  await accepting(watched);
  return {
    address: `${options.address}:${PORT}`,
    caFile,
    async requests() {
      const text = await Deno.readTextFile(`${folder}/access.log`).catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await draining.catch(() => {});
      await Deno.remove(folder, { recursive: true });
    },
  };
}
