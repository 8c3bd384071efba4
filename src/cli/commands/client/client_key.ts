/** The private key that the `oauth client-metadata` commands read. @module */

import type { Judgement } from "../../../core/finding.ts";
import type { PrivateJwk } from "../../../oauth/common/signing.ts";
import { passphraseFrom } from "../../prompt/ask.ts";
import type { Runtime } from "../../command/runtime.ts";

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
 * Reads the private key, if a flag names one.
 *
 * @throws Failure of kind `usage` for a file that cannot be used.
 */
export async function keyFrom(
  options: KeyOptions,
  runtime: Runtime,
): Promise<PrivateJwk | undefined> {
  const { privateKeyFile: path, privateKeyPassphraseFile: phrase } = options;
  if (path === undefined) return undefined;
  const [{ readPrivateKey }, { readSecret }] = await Promise.all([
    import("../../shared/private_key.ts"),
    import("../../shared/input_files.ts"),
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
