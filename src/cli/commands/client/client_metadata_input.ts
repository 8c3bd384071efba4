/**
 * What the `oauth client-metadata` commands read beside their flags: a key, and answers.
 *
 * @module
 */

import { usageFailure } from "../../../core/failure.ts";
import type { Judgement } from "../../../core/finding.ts";
import type { PrivateJwk } from "../../../oauth/common/signing.ts";
import type { Parser } from "../../command/parsed.ts";
import type { Runtime } from "../../command/runtime.ts";

/** The options that lead to a key. */
export interface KeyOptions {
  /** `--private-key-file`. */
  readonly privateKeyFile?: string | undefined;
  /** `--private-key-passphrase-file`. */
  readonly privateKeyPassphraseFile?: string | undefined;
  /** `--no-input`. */
  readonly noInput: boolean;
  /** `--quiet`. */
  readonly quiet: boolean;
}

/**
 * The private key, where one was named.
 *
 * @throws Failure of kind `usage` for a file that cannot be used.
 */
export async function keyFrom(
  options: KeyOptions,
  runtime: Runtime,
): Promise<PrivateJwk | undefined> {
  const { privateKeyFile: path, privateKeyPassphraseFile: phrase } = options;
  if (path === undefined) return undefined;
  const [{ readPrivateKey }, { readSecret }, { passphraseFrom }] = await Promise.all([
    import("../../shared/private_key.ts"),
    import("../../shared/input_files.ts"),
    import("../login/login_command.ts"),
  ]);
  const warn = (findings: readonly Judgement[]) => {
    if (options.quiet) return;
    for (const { message } of findings) runtime.io.err(`warning: ${message}\n`);
  };
  const passphrase = phrase === undefined ? passphraseFrom(options, runtime) : async () => {
    const { secret, findings } = await readSecret(
      "--private-key-passphrase-file",
      phrase,
      runtime.io,
    );
    warn(findings);
    return secret;
  };
  const { jwk, findings } = await readPrivateKey(
    path,
    runtime.io,
    () => passphrase("Passphrase of the private key"),
  );
  warn(findings);
  return jwk;
}

/** Something that has to be given. */
export interface Wanted<T> {
  /** How it is given, for the message. */
  readonly name: string;
  /** What to give. */
  readonly remedy: string;
  /** The question where somebody can be asked. */
  readonly message: string;
  /** An example of an answer. */
  readonly example: string;
  /** Reads the answer. */
  readonly parse: Parser<T>;
}

/**
 * Asks for what is missing, where somebody can be asked.
 *
 * @throws Failure `missing_options` (usage) where nobody can, `cancelled`.
 */
export async function askFor<T>(
  wanted: Wanted<T>,
  { noInput }: { readonly noInput: boolean },
  runtime: Runtime,
): Promise<T> {
  const { io } = runtime;
  if (noInput || !io.stdinIsTerminal || !io.stderrIsTerminal) {
    throw usageFailure("missing_options", `missing ${wanted.name}`, wanted.remedy);
  }
  const answer = await (await runtime.prompter()).ask({
    message: wanted.message,
    example: wanted.example,
    secret: false,
    check(text) {
      const parsed = wanted.parse(text);
      return "problem" in parsed
        ? [parsed.problem, parsed.remedy].filter(Boolean).join(". ")
        : undefined;
    },
  });
  const parsed = wanted.parse(answer);
  if ("problem" in parsed) throw usageFailure("invalid_value", parsed.problem, parsed.remedy);
  return parsed.value;
}
