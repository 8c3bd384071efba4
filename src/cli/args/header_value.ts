import { isFieldName } from "../../core/text.ts";
import { type Parsed, problem } from "../command/flag.ts";

type Refusals = ReadonlyMap<string, string>;

const ONE_CONNECTION = "it applies to a single connection (RFC 9110 §7.6.1)";

const REFUSED: Refusals = new Map([
  ["host", "mcpass sets it from the URL"],
  ["content-length", "mcpass sets it from the body"],
  ["connection", ONE_CONNECTION],
  ["keep-alive", ONE_CONNECTION],
  ["proxy-authenticate", ONE_CONNECTION],
  ["proxy-authorization", "it is for the proxy; put the user and password in --proxy"],
  ["proxy-connection", ONE_CONNECTION],
  ["te", ONE_CONNECTION],
  ["trailer", ONE_CONNECTION],
  ["transfer-encoding", ONE_CONNECTION],
  ["upgrade", ONE_CONNECTION],
]);

const REFUSED_IN_LOGIN: Refusals = new Map([
  ...REFUSED,
  ["authorization", "mcpass sets it"],
]);

/** Fields that would change the framing or transport of a single request. */
const REFUSED_IN_REQUEST: Refusals = new Map([
  ...REFUSED,
  ["expect", "mcpass sends the body immediately"],
  ["http2-settings", ONE_CONNECTION],
]);

const SHAPE = 'Use --header "Name: value"';

/** A header field of a login. Its value may be a secret, so no message repeats it. */
export function header(text: string): Parsed<readonly [name: string, value: string]> {
  return readHeader(text, REFUSED_IN_LOGIN);
}

/** A header field of a single request, in which `Authorization` is allowed. */
export function requestHeader(text: string): Parsed<readonly [name: string, value: string]> {
  const parsed = readHeader(text, REFUSED_IN_REQUEST);
  if ("problem" in parsed || !/^proxy-/i.test(parsed.value[0])) return parsed;
  return problem(`"${parsed.value[0]}" cannot be set: there is no proxy`, "Remove this header");
}

function readHeader(
  text: string,
  refused: Refusals,
): Parsed<readonly [name: string, value: string]> {
  const colon = text.indexOf(":");
  if (colon < 0) return problem("the colon between name and value is missing", SHAPE);
  const name = text.slice(0, colon).trim();
  const value = text.slice(colon + 1).trim();
  if (!isFieldName(name)) {
    // The text is not quoted: if the colon after the name is missing, it is part of the secret value.
    return problem("the text before the colon is not a header name (RFC 9110 §5.1)", SHAPE);
  }
  const reason = refused.get(name.toLowerCase());
  if (reason !== undefined) {
    return problem(`"${name}" cannot be set: ${reason}`, "Remove this header");
  }
  if (value === "") return problem(`"${name}" has no value`, SHAPE);
  if (!/^[\t\x20-\x7e\x80-\xff]+$/.test(value)) {
    return problem(`the value of "${name}" contains a character that is not allowed in a header`);
  }
  return { value: [name, value] };
}
