/**
 * The OS keyring, as a place for small keys.
 *
 * @module
 */

import { childEnvironment } from "../core/child_environment.ts";
import type { Env } from "../core/deps.ts";
import { Failure } from "../core/failure.ts";
import { printable, quoted } from "../core/text.ts";
import type { Code } from "../findings/mod.ts";
import type { ChildEnd, RunChild } from "./child.ts";
import { type HelperCall, helperOf, type HelperVerdict } from "./keyring_helpers.ts";
import { isKey } from "./seal.ts";

/** Keys by name. */
export interface Keyring {
  /** Name of the helper program. */
  readonly name: string;
  /** What a person calls it. */
  readonly title: string;
  /** False where the helper is known to find no keyring, without starting it. */
  canAnswer(): boolean;
  /** Keeps a key and reads it again to be sure. */
  store(id: string, key: string): Promise<void>;
  /** The key, or undefined when the keyring answers and has none. */
  lookup(id: string): Promise<string | undefined>;
  /** Deletes a key; a missing one is no fault. */
  clear(id: string): Promise<void>;
}

/** What the keyring is reached with. */
export interface KeyringOptions {
  /** Environment variables. */
  readonly env: Env;
  /** `Deno.build.os`. */
  readonly os: string;
  /** Starts the helper. */
  readonly run: RunChild;
  /** Aborted when the program ends. */
  readonly stop?: AbortSignal | undefined;
  /** Milliseconds that one call may take, in place of the limit that fits the surroundings. */
  readonly timeoutMs?: number | undefined;
}

/** A dialog for the keyring's password needs a person's time; without a display none can come. */
const WITH_PERSON_MS = 60_000;
const ALONE_MS = 5_000;

/** Whatever a program repeats of its input, no key gets into a message. */
const KEYS = /[0-9a-f]{64}/g;

type Trouble = Exclude<HelperVerdict, "done" | "missing"> | "late" | "not_installed";

const TROUBLES: Readonly<Record<Trouble, readonly [code: Code, what: string, remedy: string]>> = {
  locked: [
    "keyring_locked",
    "is locked, and nobody unlocked it",
    "Unlock it (log in to the desktop session), or keep credentials in a file with --store file",
  ],
  absent: [
    "keyring_absent",
    "does not answer in this session",
    "Run inside a session that has one, or keep credentials in a file with --store file",
  ],
  failed: [
    "keyring_failed",
    "did not do what it was asked",
    "Repair the keyring, or keep credentials in a file with --store file",
  ],
  late: [
    "keyring_late",
    "did not answer in time",
    "Unlock it if it waits for a password, or keep credentials in a file with --store file",
  ],
  not_installed: [
    "keyring_absent",
    "has no helper program here",
    "Keep credentials in a file with --store file",
  ],
};

/** Opens the keyring of this system; nothing is started before it is used. */
export function openKeyring(options: KeyringOptions): Keyring {
  const { env, os, run } = options;
  const helper = helperOf(os);
  const person = os === "darwin" || os === "windows" ||
    Boolean(env.get("DISPLAY") || env.get("WAYLAND_DISPLAY"));
  const timeoutMs = options.timeoutMs ?? (person ? WITH_PERSON_MS : ALONE_MS);

  function trouble(kind: Trouble, words = ""): Failure {
    const [code, what, remedy] = TROUBLES[kind];
    const said = words.trim() === "" ? "" : `; it says ${quoted(words.trim())}`;
    const more = kind === "not_installed" ? `. ${helper.remedy}` : "";
    const message = `the ${helper.title} (${printable(helper.name)}) ${what}${said}`;
    return new Failure(code, message, { remedy: remedy + more });
  }

  async function ask({ words, input }: HelperCall): Promise<ChildEnd> {
    const [program, ...args] = words;
    let end: ChildEnd;
    try {
      // Messages are told apart by their English words.
      const childEnv = { ...childEnvironment(env), LC_ALL: "C" };
      end = await run({ program, args, env: childEnv, input, timeoutMs });
    } catch (error) {
      options.stop?.throwIfAborted();
      throw error instanceof Deno.errors.NotFound ? trouble("not_installed") : trouble("failed");
    }
    if (end.status === null) throw trouble("late");
    return { ...end, stderr: end.stderr.replace(KEYS, "[masked]") };
  }

  function judged(end: ChildEnd): "done" | "missing" {
    const verdict = helper.judge(end);
    if (verdict === "done" || verdict === "missing") return verdict;
    throw trouble(verdict, end.stderr);
  }

  async function lookup(id: string): Promise<string | undefined> {
    const end = await ask(helper.lookup(id));
    if (judged(end) === "missing") {
      if (helper.examine !== undefined) judged(await ask(helper.examine(id)));
      return undefined;
    }
    const key = end.stdout.trim();
    if (!isKey(key)) throw trouble("failed");
    return key;
  }

  return {
    name: helper.name,
    title: helper.title,
    canAnswer: () => helper.canAnswer?.(env) ?? true,
    lookup,
    async store(id, key) {
      judged(await ask(helper.store(id, key)));
      if (await lookup(id) !== key) throw trouble("failed");
    },
    async clear(id) {
      judged(await ask(helper.clear(id)));
    },
  };
}
