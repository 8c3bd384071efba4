import type { Judgement } from "../../../core/finding.ts";
import type { PrivateJwk } from "../../../oauth/common/signing.ts";
import { passphraseFrom } from "../../prompt/ask.ts";
import type { Runtime } from "../../command/runtime.ts";
import { readSecret } from "../../shared/input_files.ts";
import { readPrivateKey } from "../../shared/private_key.ts";
import type { CheckOptions } from "./client_metadata_flags.ts";

/** @throws Failure of kind `usage` for a file that cannot be used. */
export async function readClientKey(
  options: Pick<
    CheckOptions,
    "privateKeyFile" | "privateKeyPassphraseFile" | "noInput" | "quiet"
  >,
  runtime: Runtime,
): Promise<PrivateJwk | undefined> {
  const { privateKeyFile: path, privateKeyPassphraseFile: passphrasePath, quiet } = options;
  if (path === undefined) return undefined;
  const { io } = runtime;
  const warn = (findings: readonly Judgement[]) => {
    if (quiet) return;
    for (const { message } of findings) io.err(`warning: ${message}\n`);
  };
  const ask = passphraseFrom(options, runtime);
  const { jwk, findings } = await readPrivateKey(path, io, async () => {
    if (passphrasePath === undefined) return await ask("Passphrase of the private key");
    const read = await readSecret("--private-key-passphrase-file", passphrasePath, io);
    warn(read.findings);
    return read.secret;
  });
  warn(findings);
  return jwk;
}
