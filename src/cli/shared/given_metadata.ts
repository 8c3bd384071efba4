import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { usageFailure } from "../../core/failure.ts";
import { isObject, parseJson, stringMember } from "../../core/json.ts";
import type { Io } from "../../core/system.ts";
import { quoted } from "../../core/text.ts";
import type { GivenMetadata } from "../../flow/context/login_plan.ts";
import { wellKnownLocation } from "../../oauth/metadata/metadata_kind.ts";
import { readInput } from "./input_files.ts";

const FLAG = "--authorization-server-metadata";

/**
 * Reads `--authorization-server-metadata`. A URL is requested by the login, with its checks.
 *
 * @throws Failure of kind `usage` for a file that is not a JSON object.
 */
export async function readGivenMetadata(source: string, io: Io): Promise<GivenMetadata> {
  if (/^https?:/i.test(source)) return { source, issuer: wellKnownLocation(source)?.identifier };
  const text = await readInput(FLAG, source, io);
  const document = parseJson(text);
  if (!isObject(document)) {
    throw usageFailure(
      "json_invalid",
      `${FLAG}: ${quoted(source)} does not contain a JSON object`,
      'Write the metadata as in RFC 8414 §2: {"issuer": …, "authorization_endpoint": …, …}',
    );
  }
  return {
    source: pathToFileURL(resolve(source)).href,
    text,
    issuer: stringMember(document, "issuer"),
  };
}
