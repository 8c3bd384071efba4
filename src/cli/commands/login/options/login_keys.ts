import { resolve } from "node:path";
import type { Judgement } from "../../../../core/finding.ts";
import { isStandardInput } from "../../../../core/input_file.ts";
import { pickDefined } from "../../../../core/pick_defined.ts";
import { readClientCertificate } from "../../../../flow/client/certificate_files.ts";
import type {
  GivenToken,
  IdentityProvider,
  LoginPlan,
} from "../../../../flow/context/login_plan.ts";
import {
  type ClientCertificate,
  validityFindings,
} from "../../../../oauth/client/client_certificate.ts";
import { longName } from "../../../command/flag.ts";
import type { Runtime } from "../../../command/runtime.ts";
import { passphraseFrom } from "../../../prompt/ask.ts";
import { readSecret } from "../../../shared/input_files.ts";
import { readPrivateKey } from "../../../shared/private_key.ts";
import { type FileOption, LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";

/** @throws Failure of kind `usage` for a file that cannot be used. */
export async function readKeys(
  options: LoginOptions,
  runtime: Runtime,
): Promise<Partial<LoginPlan>> {
  const findings: Judgement[] = [];
  const ask = passphraseFrom(options, runtime);

  async function readSecretOption(option: FileOption): Promise<string | undefined> {
    const path = options[option];
    if (path === undefined) return undefined;
    const read = await readSecret(longName(LOGIN_FLAGS[option]), path, runtime.io);
    findings.push(...read.findings);
    return read.secret;
  }

  async function readTokenOption(option: FileOption): Promise<GivenToken | undefined> {
    const path = options[option];
    const text = (await readSecretOption(option))?.trim();
    if (path === undefined || text === undefined) return undefined;
    return { text, file: isStandardInput(path) ? null : resolve(path) };
  }

  async function readKey(): Promise<string | undefined> {
    const { privateKeyFile } = options;
    if (privateKeyFile === undefined) return undefined;
    const read = await readPrivateKey(
      privateKeyFile,
      runtime.io,
      async () =>
        await readSecretOption("privateKeyPassphraseFile") ??
          await ask("Passphrase of the private key"),
    );
    findings.push(...read.findings);
    return read.jwk;
  }

  async function readCertificate(): Promise<ClientCertificate | undefined> {
    const { clientCert, clientKey = clientCert, clientKeyPassphraseFile: passphrase } = options;
    if (clientCert === undefined || clientKey === undefined) return undefined;
    const read = await readClientCertificate(
      {
        certFile: resolve(clientCert),
        keyFile: resolve(clientKey),
        ...pickDefined({
          passphraseFile: passphrase === undefined ? undefined : resolve(passphrase),
        }),
      },
      "usage",
      async () =>
        await readSecretOption("clientKeyPassphraseFile") ??
          await ask("Passphrase of the client certificate's key"),
    );
    findings.push(...read.findings, ...validityFindings(read, Date.now()));
    return read;
  }

  async function readIdentityProvider(): Promise<IdentityProvider | undefined> {
    const { authMode, idpIssuer = "", idpClientId = "", idpClientSecret } = options;
    if (authMode !== "enterprise") return undefined;
    return {
      issuer: idpIssuer,
      clientId: idpClientId,
      clientSecret: await readSecretOption("idpClientSecretFile") ?? idpClientSecret,
      tokenEndpoint: options.idpTokenEndpoint,
      idToken: await readTokenOption("idTokenFile"),
    };
  }

  const keys = pickDefined({
    certificate: await readCertificate(),
    clientSecret: await readSecretOption("clientSecretFile"),
    registrationToken: (await readTokenOption("registrationTokenFile"))?.text,
    softwareStatement: (await readTokenOption("softwareStatementFile"))?.text,
    privateKey: await readKey(),
    assertion: await readTokenOption("assertionFile"),
    identityProvider: await readIdentityProvider(),
  });
  return findings.length === 0 ? keys : { ...keys, inputFindings: findings };
}
