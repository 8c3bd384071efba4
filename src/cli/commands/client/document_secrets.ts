import { isObject, parseJson } from "../../../core/json.ts";
import { isSecretName } from "../../../trace/secret_names.ts";
import { PRIVATE_MEMBERS } from "../../../oauth/client/client_document_members.ts";

/** A private key, or a `data:` URL, which contains the document. */
const PRIVATE_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----|^data:(?!image\/)/i;

/**
 * The secrets that a client metadata document has by mistake, also in JSON inside of a text: members of
 * private and shared keys (RFC 7518 §6), and those with the name of a secret.
 */
export function documentSecrets(value: unknown, isSecret = false): string[] {
  if (typeof value === "string") {
    if (isSecret || PRIVATE_TEXT.test(value)) return [value];
    return /^\s*[[{]/.test(value) ? documentSecrets(parseJson(value)) : [];
  }
  if (Array.isArray(value)) return value.flatMap((item) => documentSecrets(item, isSecret));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    documentSecrets(member, isSecret || PRIVATE_MEMBERS.includes(name) || isSecretName(name))
  );
}
