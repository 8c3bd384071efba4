import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Failure } from "../../src/core/failure.ts";
import { openOutputFile } from "../../src/trace/output_file.ts";

/** Runs a test in an empty folder of its own. */
async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.chmod(folder, 0o700);
    await Deno.remove(folder, { recursive: true });
  }
}

async function failureOf(opening: Promise<unknown>): Promise<Failure> {
  try {
    await opening;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it should have failed");
}

const names = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name);
const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
const POSIX = Deno.build.os !== "windows";

Deno.test("a new file is written whole, readable by its owner alone", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.json`;
    const file = await openOutputFile(path);
    deepEqual(names(folder), []);
    await file.write("contents é\n");
    equal(await Deno.readTextFile(path), "contents é\n");
    if (POSIX) equal(mode(path), 0o600);
    deepEqual(names(folder), ["out.json"]);
  }));

Deno.test("an existing file stays as it is until it is written, and ends 0600", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.json`;
    await Deno.writeTextFile(path, "old", { mode: 0o644 });
    if (POSIX) await Deno.chmod(path, 0o644);
    const file = await openOutputFile(path);
    equal(await Deno.readTextFile(path), "old");
    if (POSIX) equal(mode(path), 0o644);
    await file.write("new");
    equal(await Deno.readTextFile(path), "new");
    if (POSIX) equal(mode(path), 0o600);
    deepEqual(names(folder), ["out.json"]);
  }));

Deno.test("a reader of the old file never sees a part of the new one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.json`;
    await Deno.writeTextFile(path, "old");
    const file = await openOutputFile(path);
    using reader = await Deno.open(path);
    await file.write("new");
    const buffer = new Uint8Array(10);
    equal(new TextDecoder().decode(buffer.subarray(0, await reader.read(buffer) ?? 0)), "old");
  }));

Deno.test("a file that is never written leaves nothing behind", () =>
  inFolder(async (folder) => {
    await openOutputFile(`${folder}/out.json`);
    deepEqual(names(folder), []);
  }));

Deno.test("a link is refused, and what it leads to stays as it is", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/target`, "precious");
    await Deno.symlink(`${folder}/target`, `${folder}/link`);
    await Deno.symlink(`${folder}/absent`, `${folder}/dangling`);
    for (const name of ["link", "dangling"]) {
      const failure = await failureOf(openOutputFile(`${folder}/${name}`));
      equal(failure.code, "unwritable_output");
      equal(failure.kind, "usage");
      match(failure.message, /symbolic link/);
    }
    equal(await Deno.readTextFile(`${folder}/target`), "precious");
  }));

Deno.test("a link that appears after the check is replaced, not followed", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/target`, "precious");
    const file = await openOutputFile(`${folder}/out`);
    await Deno.symlink(`${folder}/target`, `${folder}/out`);
    await file.write("new");
    equal(await Deno.readTextFile(`${folder}/target`), "precious");
    equal((await Deno.lstat(`${folder}/out`)).isFile, true);
  }));

Deno.test("folders, devices, missing folders and empty names are usage errors", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const paths = [
      folder,
      `${folder}/`,
      `${folder}/absent/out.json`,
      `${folder}/file/out.json`,
      `${folder}/nul\0name`,
      "",
      ...(POSIX ? ["/dev/null"] : []),
    ];
    for (const path of paths) {
      const failure = await failureOf(openOutputFile(path));
      equal(failure.code, "unwritable_output", path);
      equal(failure.kind, "usage", path);
      match(failure.remedy ?? "", /^Choose a file/);
    }
    deepEqual(names(folder), ["file"]);
  }));

Deno.test("a folder and a file that may not be written are found at once", () =>
  inFolder(async (folder) => {
    // The superuser may write everywhere; for everybody else both are refused.
    const everything = !POSIX || Deno.uid() === 0;
    await Deno.writeTextFile(`${folder}/read_only`, "old", { mode: 0o400 });
    const outcomes: string[] = [];
    const attempt = async (path: string) => {
      const outcome = await openOutputFile(path).then(() => "open", (error) => error.code);
      outcomes.push(outcome);
    };
    await attempt(`${folder}/read_only`);
    if (POSIX) await Deno.chmod(folder, 0o500);
    await attempt(`${folder}/out.json`);
    const expected = everything ? "open" : "unwritable_output";
    deepEqual(outcomes, [expected, expected]);
  }));

Deno.test("a folder that has gone by the time of writing is a failure that names the file", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/sub`);
    const file = await openOutputFile(`${folder}/sub/out.json`);
    await Deno.remove(`${folder}/sub`);
    const failure = await failureOf(file.write("x"));
    equal(failure.code, "output_not_written");
    match(failure.message, /sub\/out\.json": its folder does not exist/);
  }));

Deno.test("a write that fails leaves no temporary file", () =>
  inFolder(async (folder) => {
    const file = await openOutputFile(`${folder}/out`);
    await Deno.mkdir(`${folder}/out`);
    await rejects(file.write("x"), { code: "output_not_written" });
    deepEqual(names(folder), ["out"]);
  }));

Deno.test("a file that must be new does not replace one that was created meanwhile", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.age`;
    const [first, second] = [
      await openOutputFile(path, { isNew: true }),
      await openOutputFile(path, { isNew: true }),
    ];
    await first.write("first");
    const failure = await failureOf(second.write("second"));
    equal(failure.code, "output_not_written");
    match(failure.message, /another process has just created it/);
    equal(await Deno.readTextFile(path), "first");
    if (POSIX) equal(mode(path), 0o600);
    deepEqual(names(folder), ["out.age"]);
  }));
