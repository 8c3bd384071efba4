import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

const SCRIPT = new URL("../../scripts/install.sh", import.meta.url).pathname;
const ARCHIVE = "mcpass-9.8.7-x86_64-unknown-linux-gnu.tar.gz";

/** What the release server does wrong. */
type Fault = "checksum" | "cut" | "missing" | "unlisted" | "not_runnable";

interface Installed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Every file in the folder that was installed to. */
  readonly files: readonly string[];
  readonly bin: string;
}

/** The archive of a release whose program is a shell script. */
async function archive(folder: string, program: string): Promise<Uint8Array<ArrayBuffer>> {
  await Deno.writeTextFile(`${folder}/mcpass`, program, { mode: 0o755 });
  const packed = await run("tar", ["-czf", `${folder}/archive`, "-C", folder, "mcpass"]);
  assert.ok(packed.success, packed.stderr);
  return await Deno.readFile(`${folder}/archive`);
}

/** Runs the script in an empty home against a release server on loopback. */
async function install(
  { fault, before, wrap = [] }: {
    readonly fault?: Fault;
    readonly before?: string;
    readonly wrap?: readonly string[];
  } = {},
): Promise<Installed> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-install-" });
  const bin = `${folder}/home/.local/bin`;
  await Deno.mkdir(bin, { recursive: true });
  if (before !== undefined) await Deno.writeTextFile(`${bin}/mcpass`, before, { mode: 0o755 });
  const status = fault === "not_runnable" ? "exit 1" : "echo mcpass 9.8.7";
  const bytes = await archive(folder, `#!/bin/sh\n${status}\n`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const sum = fault === "checksum" ? "0".repeat(64) : digest;
  const name = fault === "unlisted" ? `${ARCHIVE}.other` : ARCHIVE;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      const head = new TextDecoder().decode(
        await (async () => {
          const buffer = new Uint8Array(4096);
          return buffer.subarray(0, await conn.read(buffer) ?? 0);
        })(),
      );
      const wanted = / \/(\S+) /.exec(head)?.[1];
      const body = wanted === "SHA256SUMS"
        ? new TextEncoder().encode(`${sum}  ${name}\n`)
        : wanted === ARCHIVE && fault !== "missing"
        ? bytes
        : undefined;
      const answer = body === undefined
        ? "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        : `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
      const writer = conn.writable.getWriter();
      await writer.write(new TextEncoder().encode(answer));
      const cut = fault === "cut" && wanted === ARCHIVE ? 40 : body?.length;
      if (body !== undefined) await writer.write(body.subarray(0, cut));
      await writer.close().catch(() => {});
    }
  })();
  try {
    const origin = `http://127.0.0.1:${listener.addr.port}`;
    const [program = "sh", ...args] = [...wrap.map((it) => it.replace("BIN", bin)), "sh", SCRIPT];
    const output = await run(program, args, {
      clearEnv: true,
      cwd: folder,
      env: {
        HOME: `${folder}/home`,
        PATH: "/usr/sbin:/usr/bin:/bin",
        MCPASS_RELEASE: origin,
        MCPASS_VERSION: "9.8.7",
      },
    });
    const files = await Array.fromAsync(Deno.readDir(bin), ({ name }) => name);
    const kept = before !== undefined && await Deno.readTextFile(`${bin}/mcpass`) === before;
    const { code, stdout, stderr } = output;
    return { code, stdout, stderr, files: kept ? ["the old mcpass"] : files, bin };
  } finally {
    listener.close();
    await serving;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the program is installed without root and says how to remove it", async () => {
  for (const before of [undefined, "old"]) {
    const ended = await install(before === undefined ? {} : { before });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(ended.files, ["mcpass"]);
    assert.match(ended.stdout, /^Installed mcpass 9\.8\.7 as /);
    assert.ok(ended.stdout.includes(`add ${ended.bin} to it`));
    assert.ok(ended.stdout.endsWith(`To uninstall: rm ${ended.bin}/mcpass\n`));
  }
});

const FAULTS: readonly (readonly [Fault, RegExp])[] = [
  ["checksum", /SHA-256 .* should be 0{64}: nothing was installed/],
  ["cut", /cannot download|SHA-256/],
  ["missing", /cannot download/],
  ["unlisted", /no line for/],
  ["not_runnable", /does not run on this machine/],
];

for (const [fault, message] of FAULTS) {
  Deno.test(`a release with this fault installs nothing and keeps what was there: ${fault}`, async () => {
    const fresh = await install({ fault });
    assert.equal(fresh.code, 1);
    assert.match(fresh.stderr, message);
    assert.deepEqual(fresh.files, []);
    const kept = await install({ fault, before: "old" });
    assert.deepEqual([kept.code, kept.files], [1, ["the old mcpass"]]);
  });
}

Deno.test("a folder that cannot be written to is named before anything is downloaded", async () => {
  const readOnly = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
  const ended = await install({ wrap: ["unshare", "--mount", "sh", "-c", readOnly, "sh", "BIN"] });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /cannot write to ".*\/bin": set MCPASS_BIN/);
  assert.deepEqual(ended.files, []);
});
