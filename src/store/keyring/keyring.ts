import { childEnvironment } from "../../core/programs.ts";
import type { Env } from "../../core/system.ts";
import { Failure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import type { ChildResult, RunChild } from "./run_child.ts";
import { type HelperCall, type HelperResult, keyringHelper } from "./keyring_helpers.ts";
import { isKey } from "../seal.ts";

export interface Keyring {
  readonly name: string;
  readonly title: string;
  /** False if there can be no keyring. Does not start the helper. */
  isAvailable(): boolean;
  store(id: string, key: string): Promise<void>;
  /** Undefined if the keyring works and has no such key. */
  lookup(id: string): Promise<string | undefined>;
  clear(id: string): Promise<void>;
}

export interface KeyringOptions {
  readonly env: Env;
  readonly os: string;
  readonly run: RunChild;
  readonly stop?: AbortSignal | undefined;
  /** Time limit of one call; by default longer if a person may have to answer a dialog. */
  readonly timeoutMs?: number | undefined;
}

/** A person can need time for the keyring's password dialog, which requires a display. */
const WITH_DISPLAY_MS = 60_000;
const WITHOUT_DISPLAY_MS = 5_000;

/** A helper may print its input, so keys are masked in its messages. */
const KEYS = /[0-9a-f]{64}/g;

type KeyringProblem = Exclude<HelperResult, "done" | "missing"> | "late" | "not_installed";

const PROBLEMS: Readonly<
  Record<KeyringProblem, readonly [code: Code, what: string, remedy?: string]>
> = {
  locked: [
    "keyring_locked",
    "is locked",
    "Unlock it (log in to the desktop session)",
  ],
  absent: [
    "keyring_absent",
    "does not respond in this session",
    "Run mcpass in a session that has one",
  ],
  failed: ["keyring_failed", "failed", "Repair the keyring"],
  late: ["keyring_late", "did not respond in time", "Unlock it if it waits for a password"],
  not_installed: ["keyring_absent", "is not available: its program is not installed"],
};

export function openKeyring(options: KeyringOptions): Keyring {
  const { env, os, run } = options;
  const helper = keyringHelper(os);
  const hasDisplay = os === "darwin" || os === "windows" ||
    Boolean(env.get("DISPLAY") || env.get("WAYLAND_DISPLAY"));
  const timeoutMs = options.timeoutMs ?? (hasDisplay ? WITH_DISPLAY_MS : WITHOUT_DISPLAY_MS);

  function failureFor(problem: KeyringProblem, message = ""): Failure {
    const [code, what, remedy] = PROBLEMS[problem];
    const output = message.trim() === "" ? "" : `; it says ${quoted(message.trim())}`;
    const text = `the ${helper.title} (${printable(helper.name)}) ${what}${output}`;
    return new Failure(code, text, {
      remedy: remedy === undefined
        ? `Store credentials in a file with --store file. ${helper.remedy}`
        : `${remedy}, or store credentials in a file with --store file`,
    });
  }

  async function call({ argv, input }: HelperCall): Promise<ChildResult> {
    const [program, ...args] = argv;
    let end: ChildResult;
    try {
      // The messages of the helpers are recognized by their English text.
      const childEnv = { ...childEnvironment(env), LC_ALL: "C" };
      end = await run({ program, args, env: childEnv, input, timeoutMs });
    } catch (error) {
      options.stop?.throwIfAborted();
      throw failureFor(error instanceof Deno.errors.NotFound ? "not_installed" : "failed");
    }
    if (end.status === null) throw failureFor("late");
    return { ...end, stderr: end.stderr.replace(KEYS, "[masked]") };
  }

  function resultOf(end: ChildResult): "done" | "missing" {
    const verdict = helper.judge(end);
    if (verdict === "done" || verdict === "missing") return verdict;
    throw failureFor(verdict, end.stderr);
  }

  async function lookup(id: string): Promise<string | undefined> {
    const end = await call(helper.lookup(id));
    if (resultOf(end) === "missing") {
      if (helper.examine !== undefined) resultOf(await call(helper.examine(id)));
      return undefined;
    }
    const key = end.stdout.trim();
    if (!isKey(key)) throw failureFor("failed");
    return key;
  }

  return {
    name: helper.name,
    title: helper.title,
    isAvailable: () => helper.isAvailable?.(env) ?? true,
    lookup,
    async store(id, key) {
      resultOf(await call(helper.store(id, key)));
      if (await lookup(id) !== key) throw failureFor("failed");
    },
    async clear(id) {
      resultOf(await call(helper.clear(id)));
    },
  };
}
