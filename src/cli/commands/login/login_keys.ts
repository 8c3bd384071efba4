import type { Io } from "../../../core/deps.ts";
import type { Judgement } from "../../../core/finding.ts";
import { isStandardInput } from "../../../core/input_file.ts";
import type { GivenToken, IdentityProvider, LoginPlan } from "../../../flow/context/login_plan.ts";
import type { AskPassphrase } from "../../prompt/passphrase.ts";
import { readSecret } from "../../shared/input_files.ts";
import type { ClientCertificate } from "../../../oauth/client/client_certificate.ts";
import type { LoginOptions } from "./login_flags.ts";

export interface ReadKeys {
  readonly keys: Pick<
    LoginPlan,
    | "assertion"
    | "certificate"
    | "clientSecret"
    | "identityProvider"
    | "privateKey"
    | "registrationToken"
    | "softwareStatement"
  >;
  readonly findings: readonly Judgement[];
}

/**
 * Reads the files that the options name.
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
    const read = await readSecret(name, path, io);
    findings.push(...read.findings);
    return read.secret;
  };
  const tokenText = async (name: string, path: string) => (await secretOf(name, path)).trim();
  const tokenOf = async (name: string, path: string): Promise<GivenToken> => ({
    text: await tokenText(name, path),
    file: isStandardInput(path) ? null : (await import("node:path")).resolve(path),
  });

  async function privateKey(path: string): Promise<string> {
    const { readPrivateKey } = await import("../../shared/private_key.ts");
    const file = options.privateKeyPassphraseFile;
    const read = await readPrivateKey(
      path,
      io,
      file === undefined
        ? () => askPassphrase("Passphrase of the private key")
        : () => secretOf("--private-key-passphrase-file", file),
    );
    findings.push(...read.findings);
    return read.jwk;
  }

  async function certificate(named: string): Promise<ClientCertificate> {
    const { resolve } = await import("node:path");
    const { readClientCertificate } = await import("../../../flow/client/certificate_files.ts");
    const { validityFindings } = await import("../../../oauth/client/client_certificate.ts");
    const passphraseFile = options.clientKeyPassphraseFile;
    const keyFile = resolve(options.clientKey ?? named);
    const read = await readClientCertificate(
      {
        certFile: resolve(named),
        keyFile,
        ...(passphraseFile === undefined ? {} : { passphraseFile: resolve(passphraseFile) }),
      },
      "usage",
      passphraseFile === undefined
        ? () => askPassphrase("Passphrase of the client certificate's key")
        : () => secretOf("--client-key-passphrase-file", passphraseFile),
    );
    findings.push(...read.findings, ...validityFindings(read, Date.now()));
    return read;
  }

  async function identityProvider(): Promise<IdentityProvider> {
    const { idpIssuer = "", idpClientId = "", idpTokenEndpoint, idTokenFile } = options;
    const file = options.idpClientSecretFile;
    const clientSecret = file === undefined
      ? options.idpClientSecret
      : await secretOf("--idp-client-secret-file", file);
    return {
      issuer: idpIssuer,
      clientId: idpClientId,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(idpTokenEndpoint === undefined ? {} : { tokenEndpoint: idpTokenEndpoint }),
      ...(idTokenFile === undefined
        ? {}
        : { idToken: await tokenOf("--id-token-file", idTokenFile) }),
    };
  }

  const { assertionFile, clientSecretFile, privateKeyFile } = options;
  const { registrationTokenFile, softwareStatementFile } = options;
  const { clientCert } = options;
  const keys = {
    ...(clientCert === undefined ? {} : { certificate: await certificate(clientCert) }),
    ...(clientSecretFile === undefined
      ? {}
      : { clientSecret: await secretOf("--client-secret-file", clientSecretFile) }),
    ...(registrationTokenFile === undefined ? {} : {
      registrationToken: await tokenText("--registration-token-file", registrationTokenFile),
    }),
    ...(softwareStatementFile === undefined ? {} : {
      softwareStatement: await tokenText("--software-statement-file", softwareStatementFile),
    }),
    ...(privateKeyFile === undefined ? {} : { privateKey: await privateKey(privateKeyFile) }),
    ...(assertionFile === undefined
      ? {}
      : { assertion: await tokenOf("--assertion-file", assertionFile) }),
    ...(options.authMode === "enterprise" ? { identityProvider: await identityProvider() } : {}),
  };
  return { keys, findings };
}
