import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { CANARIES, entryOf } from "../store/entries.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { formOf } from "../lab/journal.ts";
import { makeHome } from "../store/support.ts";

/** Mounting and changing users is the superuser's. */
const SUPERUSER = Deno.uid() === 0 ? [] : ["sudo", "-n"];
const NOBODY = 65534;
const FIXTURES = `${ROOT}tests/store/fixtures/`;

async function output(words: readonly string[]): Promise<string> {
  const [program = "", ...args] = [...SUPERUSER, ...words];
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, `${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** A Deno and the scripts of the fixtures, where they are. */
interface Place {
  readonly deno: string;
  readonly fixtures: string;
}

/** Where this Deno has its cache. */
function denoDir(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

const HERE: Place = { deno: Deno.execPath(), fixtures: FIXTURES };

/** The words that run a script of the fixtures with nothing shared but the program. */
function script(place: Place, name: string, cache: string, ...args: string[]): string[] {
  const flags = ["run", "-A", "--quiet", "--no-check", "--no-config", "--no-lock"];
  return ["env", `DENO_DIR=${cache}`, place.deno, ...flags, `${place.fixtures}${name}`, ...args];
}

/** Copies Deno and the scripts to where another user can read them: a clone may be closed to others. */
async function copyTo(folder: string): Promise<Place> {
  await output(["mkdir", "-p", `${folder}/tree/tests`]);
  await output(["cp", "-r", `${ROOT}src`, `${folder}/tree/src`]);
  await output(["cp", "-r", `${ROOT}tests/store`, `${folder}/tree/tests/store`]);
  await output(["cp", Deno.execPath(), `${folder}/deno`]);
  return { deno: `${folder}/deno`, fixtures: `${folder}/tree/tests/store/fixtures/` };
}

Deno.test("on a full and on a read-only disk the errors are clear and nothing is lost", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass disk é-" });
  try {
    const mount = 'mount -t tmpfs -o size=128k,mode=700 tmpfs "$0" && exec "$@"';
    const report = JSON.parse(
      await output([
        ...["unshare", "-m", "sh", "-c", mount, `${folder}`],
        ...script(HERE, "disk.ts", `${folder}.cache`, folder),
      ]),
    );
    const refused = (name: string, reason: RegExp) => {
      const [code, message, remedy] = report[name];
      assert.equal(code, "store_not_written", name);
      assert.match(message, reason);
      assert.match(message, /what was stored before is unchanged/);
      assert.match(remedy, /MCPASS_HOME/);
    };
    assert.equal(report["written"], "file");
    refused("written on a full disk", /the disk is full/);
    refused("another on a full disk", /the disk is full/);
    assert.deepEqual(report["state on a full disk"], ["access-old", []]);
    assert.equal(report["written with room"], "file");
    assert.deepEqual(report["state with room"], ["access-new", []]);
    for (const action of ["written", "removed", "locked", "prepared"]) {
      refused(`${action} on a read-only disk`, /the disk is read-only/);
    }
    assert.deepEqual(report["state on a read-only disk"], ["access-new", []]);
    assert.equal(report["found"], 1);
  } finally {
    await output(["rm", "-rf", folder, `${folder}.cache`]);
  }
});

for (const place of ["the store", "a credentials file"]) {
  Deno.test(`a disk that is full when the tokens arrive: they are revoked and ${place} stores none of them`, async () => {
    await using lab = await startFakeLab();
    const folder = await Deno.makeTempDir({ prefix: "mcpass disk é-" });
    const login = ["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"];
    const where = place === "the store"
      ? ["--store", "file"]
      : ["--credentials-out", `${folder}/credentials.json`];
    // The disk is full of one file; names still fit. What is there afterwards is listed, for the
    // mount ends with the process.
    const script = 'mount -t tmpfs -o size=128k,mode=700 tmpfs "$0"; mkdir -m 700 "$0/home"; ' +
      'head -c 200k /dev/zero >"$0/filler" 2>/dev/null; "$@"; echo "exit $?"; find "$0" -size +0 -type f';
    try {
      const text = await output([
        ...["unshare", "-m", "sh", "-c", script, folder],
        ...["env", `MCPASS_HOME=${folder}/home`, `DENO_DIR=${denoDir()}`],
        ...[
          Deno.execPath(),
          "run",
          "-A",
          "--quiet",
          "--no-check",
          `${ROOT}main.ts`,
          ...login,
          ...where,
        ],
      ]);
      const [, json = "", status, left] = /^(\{.*\})\nexit (\d+)\n(.*)$/s.exec(text) ?? [];
      assert.equal(status, "1", text);
      const { credentials, error } = JSON.parse(json);
      assert.equal(credentials, null);
      assert.match(error.message, /the disk is full|No space left/);
      assert.match(error.message, /mcpass revoked the refresh token and the access token/);
      assert.equal(left, `${folder}/filler\n`);
      const revoked = lab.requests.map(formOf).filter((form) => form.has("token"));
      assert.equal(revoked.length, 2);
      for (const form of revoked) assert.equal(text.includes(form.get("token") ?? ""), false);
    } finally {
      await output(["rm", "-rf", folder]);
    }
  });
}

Deno.test("another user's store is refused from either side, and its owner keeps it", async () => {
  await using home = await makeHome();
  const { path } = await home.open().write(entryOf());
  assert.ok(path);
  const cache = await Deno.makeTempDir({ prefix: "mcpass-cache-" });
  try {
    const place = await copyTo(cache);
    await output(["chown", "-R", String(NOBODY), cache]);
    const asNobody = ["setpriv", `--reuid=${NOBODY}`, "--clear-groups"];
    const run = async () =>
      JSON.parse(await output([...asNobody, ...script(place, "read.ts", cache, home.home)]));

    for (const [code, message, remedy] of await run()) {
      assert.equal(code, "store_not_read");
      assert.match(message, /permission denied/);
      assert.ok(remedy);
    }
    const above = home.home.replace(/\/a b\/.*$/, "");
    for (const folder of [above, `${above}/a b`]) await Deno.chmod(folder, 0o755);
    for (const [code, message, remedy] of await run()) {
      assert.equal(code, "store_owner");
      assert.ok(message.includes(`belongs to user ${Deno.uid()}, not to you (user ${NOBODY})`));
      assert.ok(remedy.includes(`chown ${NOBODY}`));
    }
    assert.deepEqual(await home.open().read(home.open().keyOf(entryOf())), entryOf());

    await output(["chown", "-R", String(NOBODY), home.home]);
    assert.deepEqual(await run(), [CANARIES.accessToken, "file"]);
    const key = home.open().keyOf(entryOf());
    await assert.rejects(home.open().read(key), { code: /store_(owner|not_read)/ });
  } finally {
    await output(["rm", "-rf", cache, home.home]);
  }
});
