import assert from "node:assert/strict";
import { startFaultServer } from "../bridge/fault_server.ts";
import { linesOf } from "../bridge/stream_transport.ts";
import { appendedTo, joinFiles, storeFiles } from "../../scripts/build/stored_files.ts";
import { ROOT } from "../../scripts/shell.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-stored-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What `deno compile` appends: its beginning, content, and its length. */
function appended(content: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array([...new TextEncoder().encode(`d3n0l4nd${content}`), ...Array(8)]);
  new DataView(bytes.buffer).setBigUint64(bytes.length - 8, BigInt(bytes.length), true);
  return bytes;
}

Deno.test("files are inserted before what is appended, and their places are counted from there", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/parts`);
    await Deno.writeTextFile(`${folder}/parts/b.js`, "second");
    await Deno.writeTextFile(`${folder}/parts/a.js`, "first");
    const { bytes, places } = await joinFiles(`${folder}/parts`);
    assert.deepEqual(places, { "./a.js": [11, 5], "./b.js": [6, 6] });

    const program = `${folder}/program`;
    const base = new TextEncoder().encode("base runtime");
    await Deno.writeFile(program, new Uint8Array([...base, ...appended("metadata")]));
    await storeFiles(program, bytes);
    const expected = [...base, ...new TextEncoder().encode("firstsecond"), ...appended("metadata")];
    assert.deepEqual(await Deno.readFile(program), new Uint8Array(expected));
    assert.equal(await appendedTo(program), base.length + bytes.length);
  }));

Deno.test("a program of another format is left unchanged", () =>
  inFolder(async (folder) => {
    for (const text of ["a program with a section of its own", "short"]) {
      await Deno.writeTextFile(`${folder}/program`, text);
      assert.equal(await appendedTo(`${folder}/program`), undefined);
      await assert.rejects(storeFiles(`${folder}/program`, new Uint8Array(3)));
      assert.equal(await Deno.readTextFile(`${folder}/program`), text);
    }
  }));

Deno.test("a program continues when its file is replaced: it loads the rest of its own files", () =>
  inFolder(async (folder) => {
    let isProtected = false;
    await using server = startFaultServer({
      intercept: () => isProtected ? { status: 401 } : undefined,
    });
    await Deno.copyFile(`${ROOT}dist/mcpass`, `${folder}/mcpass`);
    const child = new Deno.Command(`${folder}/mcpass`, {
      args: ["bridge", server.mcpUrl, "--on-auth", "fail"],
      clearEnv: true,
      env: { MCPASS_HOME: `${folder}/home`, MCPASS_STORE: "file" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = linesOf(child.stdout)[Symbol.asyncIterator]();
    const writer = child.stdin.getWriter();
    const ask = async (message: object) => {
      const line = `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
      await writer.write(new TextEncoder().encode(line));
      return JSON.parse((await lines.next()).value ?? assert.fail("no response"));
    };
    const params = { protocolVersion: "2025-11-25", capabilities: {} };
    assert.ok((await ask({ id: 1, method: "initialize", params })).result);

    await Deno.writeTextFile(`${folder}/other`, "another program".repeat(1_000_000));
    await Deno.rename(`${folder}/other`, `${folder}/mcpass`);
    isProtected = true;
    const { error } = await ask({ id: 2, method: "tools/call", params: { name: "plain" } });
    assert.equal(error.data.reason, "login_required", JSON.stringify(error));
    await writer.close();
    assert.equal((await child.status).code, 0);
  }));
