/**
 * Keys, assertions and ID tokens of a login, read from their files.
 *
 * @module
 */

import type { Io } from "../core/deps.ts";
import type { Judgement } from "../core/finding.ts";
import type { GivenToken, IdentityProvider, LoginPlan } from "../flow/login_plan.ts";
import { permissionWarning, readSecret } from "./inputs.ts";
import type { LoginOptions } from "./login_flags.ts";

/** Asks for the passphrase of an encrypted key; undefined where nobody can be asked. */
export type AskPassphrase = () => Promise<string | undefined>;

/** What was read. */
export interface ReadKeys {
  /** Members of the plan. */
  readonly keys: Pick<LoginPlan, "privateKey" | "assertion" | "identityProvider">;
  /** What is to be said about the files. */
  readonly findings: readonly Judgement[];
}

/** The finding for a file with a key or a token that others may read. */
function tooOpen(warning: string): Judgement {
  return {
    code: "secret_file_permissions",
    severity: "warning",
    message: warning,
    remedy: "chmod 600 the file, and replace the key if others had access to this machine",
    reference: "mcpass",
  };
}

/**
 * Reads what these options name.
 *
 * @throws Failure of kind `usage` for a file that cannot be used.
 */
export async function readKeys(
  options: LoginOptions,
  io: Io,
  askPassphrase: AskPassphrase,
): Promise<ReadKeys> {
  const findings: Judgement[] = [];
  const secretOf = async (name: string, path: string): Promise<string> => {
    const { secret } = await readSecret(name, path, io);
    const warning = await permissionWarning(path);
    if (warning !== undefined) findings.push(tooOpen(warning));
    return secret.trim();
  };
  const tokenOf = async (name: string, path: string): Promise<GivenToken> => ({
    text: await secretOf(name, path),
    file: path === "-" ? null : (await import("node:path")).resolve(path),
  });

  async function privateKey(path: string): Promise<string> {
    const { readPrivateKey } = await import("./private_key.ts");
    const file = options.privateKeyPassphraseFile;
    const read = await readPrivateKey(
      path,
      io,
      file === undefined
        ? askPassphrase
        : async () => await secretOf("--private-key-passphrase-file", file),
    );
    if (read.warning !== undefined) findings.push(tooOpen(read.warning));
    return read.jwk;
  }

  async function identityProvider(): Promise<IdentityProvider> {
    const { idpIssuer = "", idpClientId = "", idpTokenEndpoint, idTokenFile = "" } = options;
    const file = options.idpClientSecretFile;
    return {
      issuer: idpIssuer,
      clientId: idpClientId,
      ...(file === undefined ? {} : {
        clientSecret: await secretOf("--idp-client-secret-file", file),
      }),
      ...(idpTokenEndpoint === undefined ? {} : { tokenEndpoint: idpTokenEndpoint }),
      idToken: await tokenOf("--id-token-file", idTokenFile),
    };
  }

  const { privateKeyFile, assertionFile } = options;
  const keys = {
    ...(privateKeyFile === undefined ? {} : { privateKey: await privateKey(privateKeyFile) }),
    ...(assertionFile === undefined
      ? {}
      : { assertion: await tokenOf("--assertion-file", assertionFile) }),
    ...(options.authMode === "enterprise" ? { identityProvider: await identityProvider() } : {}),
  };
  return { keys, findings };
}
