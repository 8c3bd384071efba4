/** A pending login as text, which another process reads. The text has secrets: the caller seals it. @module */

import { Failure } from "../../core/failure.ts";
import { isObject } from "../../core/json.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import type { AuthorizationRecord } from "../../oauth/authorization/authorization.ts";
import type { CertificateFiles, ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { PrivateJwk } from "../../oauth/common/signing.ts";
import { revision, type RevisionId } from "../../oauth/mcp/revision.ts";
import type { StoredFlags } from "../../store/stored_entry.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Client } from "../context/client.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import type { BegunLogin } from "./begin_login.ts";

/** The content of a certificate's files is not in a record, as it is not in a stored sign-in. */
type WithoutCertificate<T> = Omit<T, "certificate"> & {
  readonly certificate?: CertificateFiles | undefined;
};

type RecordedResponse = Omit<UnauthenticatedResponse, "protocol" | "blockedBy"> & {
  readonly protocol: RevisionId;
};

/** What the command line of the pending login was. */
export interface BegunCommand {
  readonly account: string | undefined;
  readonly name: string | undefined;
  /** By option, for the command line that begins again. */
  readonly texts: readonly (readonly [option: string, texts: readonly string[]])[];
  readonly loginFlags: StoredFlags | undefined;
}

export interface BegunRecord {
  readonly version: 1;
  readonly command: BegunCommand;
  readonly plan: WithoutCertificate<LoginPlan>;
  readonly presentsCertificate: boolean;
  readonly authorization: AuthorizationRecord;
  readonly url: string;
  readonly client: WithoutCertificate<Client>;
  readonly scopes: readonly string[] | undefined;
  readonly dpopKey: PrivateJwk | undefined;
  readonly discovery: Omit<Discovery, "response"> & { readonly response: RecordedResponse };
}

function filesOf(certificate: ClientCertificate | undefined) {
  if (certificate === undefined) return undefined;
  const { certFile, keyFile, passphraseFile } = certificate;
  return { certFile, keyFile, ...pickDefined({ passphraseFile }) };
}

export function toBegunRecord(
  { authorization, url, client, scopes, signer, discovery }: BegunLogin,
  plan: LoginPlan,
  presentsCertificate: boolean,
  command: BegunCommand,
): BegunRecord {
  const { response: { blockedBy: _, ...response }, ...discovered } = discovery;
  return {
    version: 1,
    ...{ command, presentsCertificate, authorization, url, scopes, dpopKey: signer?.key },
    plan: { ...plan, inputFindings: undefined, certificate: filesOf(plan.certificate) },
    client: { ...client, certificate: filesOf(client.certificate) },
    discovery: { ...discovered, response: { ...response, protocol: response.protocol.id } },
  };
}

/** @throws Failure `pending_login_unknown_version`. */
export function readBegunRecord(value: unknown): BegunRecord {
  if (isObject(value) && value["version"] === 1) return value as unknown as BegunRecord;
  const message = "another version of mcpass began the login, and this one cannot read its record";
  const remedy = "Begin and finish the login with the same version";
  throw new Failure("pending_login_unknown_version", message, { remedy });
}

/**
 * The plan of the pending login.
 *
 * @throws Failure `client_certificate_unreadable`, `client_certificate_unusable`: the files of the
 * certificate are read again.
 */
export async function planOf({ plan }: BegunRecord): Promise<LoginPlan> {
  const { certificate } = plan;
  if (certificate === undefined) return { ...plan, certificate };
  const { certificateFrom } = await import("../client/certificate_files.ts");
  return { ...plan, certificate: await certificateFrom(certificate) };
}

/** @param certificate Of the plan. */
export async function begunLoginOf(
  record: BegunRecord,
  certificate: ClientCertificate | undefined,
  secrets: Secrets,
): Promise<BegunLogin> {
  const { authorization, url, client, scopes, dpopKey, discovery } = record;
  const { response, ...discovered } = discovery;
  const protocol = revision(response.protocol);
  secrets.add(client.registrationToken);
  const signer = dpopKey === undefined
    ? undefined
    : (await import("../token/dpop_signer.ts")).dpopSigner(dpopKey, secrets);
  return {
    ...{ authorization, url, scopes, signer },
    client: { ...client, certificate },
    discovery: { ...discovered, response: { ...response, protocol, blockedBy: undefined } },
  };
}
