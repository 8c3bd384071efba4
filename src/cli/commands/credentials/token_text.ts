/** The text of a token in each form of `--as`. @module */

import { commandText } from "../../../core/command_text.ts";
import { quoted } from "../../../core/text.ts";
import { authorizationValue, type ValidSignIn } from "../../../flow/credentials/valid_sign_in.ts";
import { isBoundToKey } from "../../../oauth/common/issued_token.ts";
import type { StoredEntry, StoredRelaxations, StoredTokens } from "../../../store/stored_entry.ts";
import { posixWord } from "../../args/command_line.ts";
import { documentText } from "../../terminal/json_text.ts";

export const FORMS = ["header", "env", "curl", "json"] as const;
export type OutputForm = typeof FORMS[number];

function curlString(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** A DPoP token also needs a proof, which this header does not have. */
function authorization(tokens: StoredTokens): string {
  return `Authorization: ${authorizationValue(tokens)}`;
}

export interface TokenDocument
  extends Pick<StoredTokens, "accessToken" | "tokenType" | "expiresAt"> {
  readonly scope: string | null;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
  readonly resource: string | null;
  readonly relaxations: StoredRelaxations;
}

const FORMATTERS: Readonly<
  Record<OutputForm, (tokens: StoredTokens, entry: StoredEntry) => string>
> = {
  header: (tokens) => authorization(tokens),
  env: ({ accessToken }) => `MCPASS_ACCESS_TOKEN=${posixWord(accessToken)}`,
  curl: (tokens, { client: { certificate }, certificateAtServer }) =>
    [
      `header = ${curlString(authorization(tokens))}`,
      // A token that is bound to a certificate is valid only on a connection with that certificate.
      ...certificate === undefined || certificateAtServer !== true ? [] : [
        `cert = ${curlString(certificate.certFile)}`,
        `key = ${curlString(certificate.keyFile)}`,
      ],
    ].join("\n"),
  json: ({ accessToken, tokenType, expiresAt }, entry) =>
    documentText(
      {
        accessToken,
        tokenType,
        expiresAt,
        scope: entry.grantedScope,
        serverUrl: entry.serverUrl,
        account: entry.account,
        issuer: entry.issuer,
        resource: entry.resource,
        relaxations: entry.relaxations,
      } satisfies TokenDocument,
    ).trimEnd(),
};

/** What a request needs besides the token, if the output does not contain it. */
export function proofNote(
  { serverUrl, tokens, client, certificateAtServer }: StoredEntry,
  as: OutputForm | undefined,
): string | undefined {
  if (isBoundToKey(tokens?.tokenType ?? "")) {
    const command = commandText("tools list", { url: serverUrl });
    return "the token is bound to a key (DPoP): a server accepts it only with a proof for that request. " +
      `mcpass makes the proofs:\n  ${command}`;
  }
  if (certificateAtServer !== true || as === "curl" || client.certificate === undefined) return;
  return "the server accepts the token only with the client certificate " +
    `${quoted(client.certificate.certFile, 4096)}; --as curl names it and its key`;
}

/** The text that `oauth token` writes: one form of the token, and a newline. */
export function tokenText({ tokens, ...entry }: ValidSignIn, as: OutputForm | undefined): string {
  const text = as === undefined ? tokens.accessToken : FORMATTERS[as](tokens, { ...entry, tokens });
  return `${text}\n`;
}
