/** An export that ends at any point: the sign-in works here, or the file is complete. */

import assert from "node:assert/strict";
import { createHttpClient } from "../../../../src/http/client/create_http_client.ts";
import { openStore } from "../../../../src/store/file/open_store.ts";
import { openOutputFile } from "../../../../src/trace/output_file.ts";
import { startFakeLab } from "../../../lab/shapes.ts";
import { filesWithPoints } from "../../../store/points.ts";
import type { Replacements } from "../../fake_runtime.ts";
import { openHome } from "../../real_run.ts";

class Killed extends Error {}

/** From this point on, nothing has an effect: as after the end of the process. */
function killedAt(last: number) {
  const passed: string[] = [];
  const point = (name: string) => {
    if (passed.length >= last) throw new Killed(name);
    passed.push(name);
  };
  const around = async <T>(name: string, action: () => Promise<T>): Promise<T> => {
    point(`before ${name}`);
    const result = await action();
    point(`after ${name}`);
    return result;
  };
  const replacements: Replacements = {
    openStore: (options) => openStore({ ...options, files: filesWithPoints(point) }),
    createHttpClient(options) {
      const client = createHttpClient(options);
      return { ...client, send: (request) => around("request", () => client.send(request)) };
    },
    async openOutputFile(path) {
      const file = await openOutputFile(path);
      return { path, write: (content) => around("file", () => file.write(content)) };
    },
  };
  return { passed, replacements };
}

async function exportKilledAt(last: number) {
  await using lab = await startFakeLab();
  await using here = await openHome();
  await using there = await openHome();
  await here.signIn(lab);
  const to = (await there.run(["oauth", "recipient"])).stdout.trim();
  const file = `${here.path}/x.age`;
  const { passed, replacements } = killedAt(last);
  // A process that received tokens tries to write them until its time limit; this one cannot.
  const args = ["oauth", "export", "--to", to, "--out", file, "--step-timeout", "2000"];
  const ran = await here.run(args, { replacements });
  const isWritten = await Deno.stat(file).then(() => true, () => false);
  const worksHere = (await here.run(["refresh", lab.mcpUrl])).status === 0;
  const worksThere = !worksHere && isWritten &&
    (await there.run(["oauth", "import", file])).status === 0;
  return { passed, status: ran.status, works: worksHere ? "here" : worksThere ? "there" : "lost" };
}

const PARTS = 12;

for (let part = 0; part < PARTS; part++) {
  const name = `a killed export leaves the sign-in here or in a complete file, part ${part + 1}`;
  Deno.test(name, async () => {
    const complete = await exportKilledAt(Infinity);
    assert.deepEqual([complete.status, complete.works], [0, "there"]);
    const points = complete.passed;
    const sent = points.indexOf("after request");
    const written = points.indexOf("after rename", sent);
    const filed = points.indexOf("after file");
    const disabled = points.indexOf("after rename", filed);
    assert.ok(0 < sent && sent < written && written < filed && filed < disabled, `${points}`);
    for (let last = part; last < points.length; last += PARTS) {
      // Every refresh has this gap: the server has replaced the token, and the response is not stored.
      if (sent <= last && last < written) continue;
      const { works, status } = await exportKilledAt(last);
      const expected = last < disabled ? "here" : "there";
      assert.equal(works, expected, `killed after ${last} points, before "${points[last]}"`);
      if (last < disabled) assert.notEqual(status, 0);
    }
  });
}

Deno.test("a file that cannot be read back does not disable the sign-in", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const to = (await home.run(["oauth", "recipient"])).stdout.trim();
  const replacements: Replacements = {
    async openOutputFile(path) {
      const file = await openOutputFile(path);
      const cut = (content: string | Uint8Array) => String(content).replace(/\n.{64}\n/, "\n");
      return { path, write: (content) => file.write(cut(content)) };
    },
  };
  const args = ["oauth", "export", "--to", to, "--out", `${home.path}/x.age`];
  const ran = await home.run(args, { replacements });
  assert.deepEqual([ran.status, JSON.parse(ran.stdout).error.code], [1, "transfer_not_written"]);
  assert.equal((await home.run(["refresh", lab.mcpUrl])).status, 0);
});
