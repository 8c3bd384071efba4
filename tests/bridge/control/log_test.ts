import assert from "node:assert/strict";
import { logLine, logMessages } from "../../../src/bridge/control/log.ts";
import { openLogFile } from "../../../src/bridge/control/log_file.ts";
import { messageOf } from "../../../src/bridge/message/message.ts";
import type { Failure } from "../../../src/core/failure.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";

const NOW = Date.parse("2026-08-01T00:00:00Z");

Deno.test("a log has methods, sizes and times, and no content of a message", async () => {
  const lines: string[] = [];
  let now = NOW;
  const stage = logMessages((event, fields) => lines.push(logLine(now, event, fields)), {
    now: () => now,
  });
  const ends = { toServer: () => Promise.resolve(), toClient: () => Promise.resolve() };
  const call = '{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"s3cret"}}';
  await stage.fromClient?.(messageOf(call), ends);
  now += 25;
  const answer = '{"jsonrpc":"2.0","id":"a","error":{"code":-32602,"message":"s3cret"}}';
  await stage.fromServer?.(messageOf(answer), ends);
  assert.deepEqual(lines, [
    '2026-08-01T00:00:00.000Z request from="client" method="tools/call" id="\\"a\\"" chars=75\n',
    '2026-08-01T00:00:00.025Z response from="server" method="tools/call" id="\\"a\\"" chars=69 ' +
    "ms=25 error=-32602\n",
  ]);
});

Deno.test("a text of a server cannot begin a line of the log", () => {
  const line = logLine(NOW, "request", { method: 'x"\n2026 forged \u001b[31m' });
  assert.equal(line.trimEnd().includes("\n"), false);
  assert.equal(line.includes("\u001b"), false);
});

Deno.test("a secret is masked also where a long text is cut", () => {
  const secrets = createSecrets();
  secrets.add("open-sesame-0123456789");
  const id = `${"x".repeat(190)}open-sesame-0123456789`;
  assert.equal(logLine(NOW, "request", { id }, secrets.mask).includes("open"), false);
});

Deno.test("a full log file is renamed, and only its owner can read it", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bridge.log`;
  const faults: Failure[] = [];
  const log = await openLogFile(path, (fault) => faults.push(fault), 20);
  for (const line of ["first line\n", "second line\n", "third line\n"]) log.write(line);
  await log.close();
  assert.equal(await Deno.readTextFile(`${path}.1`), "first line\nsecond line\n");
  assert.equal(await Deno.readTextFile(path), "third line\n");
  assert.deepEqual(faults, []);
  if (Deno.build.os !== "windows") {
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("several processes share a log file, and no line is lost", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bridge.log`;
  const logs = await Promise.all([1, 2, 3].map(() => openLogFile(path, assert.fail, 200)));
  for (let at = 0; at < 8; at += 1) logs.forEach((log, of) => log.write(`${of} ${at}\n`));
  await Promise.all(logs.map((log) => log.close()));
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  assert.equal(new Set(lines).size, 24);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a log that cannot be written is a usage error at the start", async () => {
  const folder = await Deno.makeTempDir();
  for (const path of [folder, `${folder}/missing/bridge.log`]) {
    await assert.rejects(openLogFile(path, assert.fail), {
      code: "unwritable_output",
      kind: "usage",
    });
  }
  await Deno.remove(folder, { recursive: true });
});
