/**
 * The credentials file of `--credentials-out` and `--credentials-file`: version 1 of its content, one
 * sign-in with everything that using, refreshing and revoking its token needs.
 *
 * Only `version`, `serverUrl` and `accessToken` must be there; a token without `tokenEndpoint` is used
 * until it expires. Members that are not named here stay in the file.
 *
 * @module
 */

import { usageFailure } from "../../core/failure.ts";
import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import { fileMemberName, fromFileMembers, toFileMembers } from "../../store/entry_codec.ts";
import { InvalidMember, invalidMemberText } from "../../store/member_reader.ts";

export function credentialsFile(entry: StoredEntry): JsonObject {
  return { version: 1, ...toFileMembers(entry) };
}

function unusable(path: string, reason: string, remedy: string): Error {
  return usageFailure(
    "credentials_file_invalid",
    `the credentials file ${quoted(path, 4096)} cannot be used: ${reason}`,
    remedy,
  );
}

const WRITTEN_BY = "Create one with mcpass login --credentials-out <path>";

/**
 * @returns The parsed document with all its members, and the sign-in in it.
 * @throws Failure `credentials_file_invalid` of kind `usage`.
 */
export function readCredentials(
  content: string,
  path: string,
): { readonly document: JsonObject; readonly entry: StoredEntry } {
  const document = parseJson(content);
  if (!isObject(document)) throw unusable(path, "it is not a JSON object", WRITTEN_BY);
  if (document.version !== 1) {
    const newer = typeof document.version === "number" && document.version > 1;
    const reason = newer
      ? `it has version ${document.version}, and this mcpass reads version 1`
      : 'it has no "version": 1';
    throw unusable(path, reason, newer ? "Use the newer mcpass that wrote it" : WRITTEN_BY);
  }
  try {
    return { document, entry: fromFileMembers(document) };
  } catch (error) {
    if (!(error instanceof InvalidMember)) throw error;
    const reason = invalidMemberText(error.fault, fileMemberName);
    throw unusable(path, reason, `Correct it, or sign in again. ${WRITTEN_BY}`);
  }
}
