/**
 * `deno task bench:pinned`: the same login of `dist/mcpass` in a network namespace, where the
 * authorization server has a public address and a name of its own. Its requests go to the address that
 * was judged, unless the person names it: then they are the runtime's. A report, as `deno task bench`.
 *
 * @module
 */

import { startDnsServer } from "../../tests/lab/dns_server.ts";
import { startLab } from "../../tests/lab/shapes.ts";
import { ADDRESSES, makeCertificate } from "../../tests/binary/closed_network_program.ts";
import { print, ROOT, run } from "../shell.ts";
import { compare, wallTime, type Words } from "./measure.ts";

const PAIRS = 20;
const SET_UP =
  'ip link set lo up && for address in $1; do ip addr add "$address/32" dev lo; done ' +
  '&& mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';

async function inNamespace(folder: string): Promise<void> {
  const resolvConf = `${folder}/resolv.conf`;
  await Deno.writeTextFile(resolvConf, "nameserver 127.0.0.1\n");
  const ended = await run("unshare", [
    ...["--mount", "--net", "sh", "-c", SET_UP, "sh", Object.values(ADDRESSES).join(" ")],
    ...[resolvConf, Deno.execPath(), "run", "-A", "--quiet", import.meta.filename ?? "", folder],
  ], { env: { DENO_NO_UPDATE_CHECK: "1" } });
  if (!ended.success) throw new Error(ended.stderr);
  print(ended.stdout.trimEnd());
}

async function measure(folder: string): Promise<void> {
  const names = new Map([["mcp.example", ADDRESSES.mcp], ["as.example", ADDRESSES.as]]);
  await using _dns = await startDnsServer(({ name, type }) => {
    const address = names.get(name);
    return address === undefined || type !== "A" ? [] : [address];
  }, 53);
  await using lab = await startLab({
    tls: await makeCertificate(folder),
    as: { host: "as.example", address: ADDRESSES.as },
    mcp: { host: "mcp.example", address: ADDRESSES.mcp },
  });
  const pinned: Words = [
    `${ROOT}dist/mcpass`,
    ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--no-store"],
    ...["--format", "json", "--ca-file", `${folder}/ca.crt`, "--url", lab.mcpUrl],
  ];
  const named: Words = [...pinned, "--authorization-server", lab.issuer];
  const { subject, base, ratio } = await compare(pinned, named, PAIRS, wallTime);
  print(
    `login, pinned / named: ${subject.toFixed(1)} ms / ${base.toFixed(1)} ms, ` +
      `ratio ${ratio.toFixed(2)} (median of ${PAIRS} pairs)`,
  );
}

const [inside] = Deno.args;
if (inside !== undefined) {
  await measure(inside);
} else {
  const folder = await Deno.makeTempDir();
  try {
    await inNamespace(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
