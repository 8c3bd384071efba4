/**
 * Taking the secrets out of what is shown or written: first by structure, then by known value.
 *
 * @module
 */

import type { Exchange, HeaderList } from "../core/exchange.ts";
import { isObject } from "../core/json.ts";
import { maskOf } from "./fingerprint.ts";
import { maskMembers } from "./mask_members.ts";
import { isSecretField, isSecretName, isTellingValue } from "./secret_names.ts";
import type { Secrets } from "./secrets.ts";

/** What a redactor knows. */
export interface RedactorOptions {
  /** Known values; learns those that are found by structure. */
  readonly secrets: Secrets;
  /** Names of header fields whose values are secret: those the person gave. */
  readonly secretFields?: readonly string[];
}

/** Makes shown copies; the originals stay as they are. */
export interface Redactor {
  /** Any text: URLs, bodies, messages. Never cut a text before this. */
  text(text: string): string;
  /** Every part of an exchange. */
  exchange(exchange: Exchange): Exchange;
  /** A document of this program's own: its secret members and every string in it. */
  json(value: unknown): unknown;
}

/** `?name=value`, also behind the other spellings of `&` (HTML, JSON), and at the start of a form. */
const PARAMETER = /(^|[?&#;]|\\u0026)([^\s=&?#;"'<>\\]{1,64})=([^\s&#;"'<>\\]+)/g;
/** The same inside a URL that is itself a parameter. */
const NESTED_PARAMETER = /(%3F|%26|%23)(\w{1,64})%3D((?:(?!%26|%23)[^\s&#;"'<>\\])+)/gi;
/** Signed (three parts) and encrypted (five parts) tokens. */
const JWT = /\beyJ[\w-]{4,}\.[\w-]*(?:\.[\w-]+){0,3}/g;
/** A credential after its scheme: no word (it has a digit), no `realm="…"` of a challenge. */
const CREDENTIAL =
  /\b(Bearer|DPoP|Basic)( +)(?=[A-Za-z._~+/-]*\d)([\w.~+/-]{16,}=*)(?!["']?[\w.~+/=-])/gi;
const USER_INFO = /(:\/\/[^\s/?#@:"'<>]*:)([^\s/?#@"'<>]+)@/g;
const MASKED = /^\[masked sha256:[0-9a-f]{8}\]$/;

const TOKEN_CHARACTER = /[\w.~+/=%\\-]/;
const LONGEST_TOKEN = 8192;

/** Secrets that one exchange can teach; more is a server playing games. */
const MOST_LEARNED = 64;

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}

/** A secret that was cut in two cannot be recognised, so the last run of such characters goes. */
function withoutCutEnd(text: string): string {
  const shortest = Math.max(0, text.length - LONGEST_TOKEN);
  let end = text.length;
  while (end > shortest && TOKEN_CHARACTER.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

type Mask = (value: string) => string;

/** How the value of a field is masked; by lower-case name. */
const FIELDS: Readonly<Record<string, (value: string, mask: Mask) => string>> = {
  authorization: maskCredential,
  "proxy-authorization": maskCredential,
  cookie: (value, mask) => value.replace(/(=)([^;]+)/g, (_, sign, part) => sign + mask(part)),
  "set-cookie": (value, mask) => value.replace(/^([^=;]*=)([^;]+)/, (_, a, b) => a + mask(b)),
};

function maskCredential(value: string, mask: Mask): string {
  const scheme = /^[A-Za-z][\w-]* +(?=\S)/.exec(value)?.[0] ?? "";
  return scheme + mask(value.slice(scheme.length));
}

/** The values of `--header`, as `["Name: value"]` or `[["Name", "value"]]`. */
function headerOption(option: unknown, mask: Mask): unknown {
  if (typeof option === "string") {
    return option.replace(/^([^:]*:\s*)([^]+)$/, (_, name, value) => name + mask(value));
  }
  if (!Array.isArray(option)) return option;
  const [name, value] = option;
  const isPair = option.length === 2 && typeof value === "string" && !String(name).includes(":");
  return isPair ? [name, mask(value)] : option.map((item) => headerOption(item, mask));
}

/** A redactor; what it finds by structure is added to `secrets` and masked everywhere afterwards. */
export function createRedactor({ secrets, secretFields = [] }: RedactorOptions): Redactor {
  const personal = new Set(secretFields.map((name) => name.toLowerCase()));
  let learned = 0;

  function mask(value: string): string {
    if (value === "" || MASKED.test(value)) return value;
    if (isTellingValue(value) && learned++ < MOST_LEARNED) secrets.add(value);
    return maskOf(value);
  }

  function parameter(whole: string, _sign: string, name: string, value: string): string {
    return isSecretName(decoded(name)) && !MASKED.test(value)
      ? whole.slice(0, whole.length - value.length) + mask(decoded(value))
      : whole;
  }

  function text(given: string): string {
    const byStructure = maskMembers(
      given
        .replace(PARAMETER, parameter)
        .replace(NESTED_PARAMETER, parameter)
        .replace(USER_INFO, (_, before, password) => `${before}${mask(decoded(password))}@`),
      mask,
    );
    return secrets.mask(byStructure)
      .replace(JWT, mask)
      .replace(CREDENTIAL, (_, scheme, space, value) => scheme + space + mask(value));
  }

  function fields(list: HeaderList): HeaderList {
    return list.map(([name, value]) => {
      const lower = name.toLowerCase();
      const own = FIELDS[lower];
      if (own) return [name, own(value, mask)];
      return [name, personal.has(lower) || isSecretField(lower) ? mask(value) : text(value)];
    });
  }

  return {
    text,
    exchange(exchange) {
      learned = 0;
      const { request, response, fault } = exchange;
      const shown = (): Exchange => ({
        ...exchange,
        request: {
          ...request,
          url: text(request.url),
          headers: fields(request.headers),
          body: request.body === null ? null : text(request.body),
        },
        response: response && {
          ...response,
          statusText: text(response.statusText),
          headers: fields(response.headers),
          body: text(response.truncated ? withoutCutEnd(response.body) : response.body),
        },
        fault: fault && { ...fault, message: text(fault.message) },
      });
      shown();
      return shown();
    },
    json: function redacted(value: unknown): unknown {
      if (typeof value === "string") return text(value);
      if (Array.isArray(value)) return value.map(redacted);
      if (!isObject(value)) return value;
      const members = Object.entries(value).map(([name, member]) => {
        if (/^headers?$/i.test(name)) return [name, headerOption(member, mask)];
        const secret = isSecretName(name) && !["code", "state"].includes(name);
        return [name, secret && typeof member === "string" ? mask(member) : redacted(member)];
      });
      return Object.fromEntries(members);
    },
  };
}
