/** Masks secrets: first by structure, then known values. @module */

import { runAtOnce, type Work } from "../core/work.ts";
import type { Exchange, HeaderList } from "../core/exchange.ts";
import { isObject, parseJson } from "../core/json.ts";
import { MAX_PARTIAL_SECRET, withoutPartialSecret } from "../core/text.ts";
import { maskMembers } from "./mask_members.ts";
import { isNumber, mapList, mapMembers, maskNumber, maskOwnDocument } from "./mask_document.ts";
import {
  isDistinctive,
  isHarmlessMember,
  isSecretField,
  isSecretName,
  isWords,
} from "./secret_names.ts";
import { isMasked, type Mask, maskCredentials, maskParameters, maskTokens } from "./mask_text.ts";
import type { Secrets } from "./secrets.ts";
import { maskOfAny } from "./weak_secrets.ts";

interface RedactorOptions {
  /** Learns the values that are found by structure, which are then masked everywhere. */
  readonly secrets: Secrets;
  /** Names of header fields whose values are secret: those of `--header`. */
  readonly secretFields?: readonly string[];
}

/** Returns masked copies. Texts are cut at {@link MAX_BODY_CHARACTERS}. */
interface Redactor {
  text(text: string): string;
  exchange(exchange: Exchange): Exchange;
  /** Masks the secrets that are known so far, and learns those that the exchange shows. */
  exchangeWork(exchange: Exchange): Work<Exchange>;
  /** Masks a document of mcpass: its own member names remain, everything foreign is masked. */
  document<T>(document: T): Work<T>;
  foreign<T>(value: T): Work<T>;
}

export const MAX_BODY_CHARACTERS = 64 * 1024;

/** Nesting of JSON in strings of JSON that is read. */
const MAX_JSON_DEPTH = 4;

const EVENT_DATA = /^(data:[ \t]*)([[{].*)$/gm;

/** The private members of a JSON Web Key (RFC 7518 §6). */
const PRIVATE_KEY = new Set(["d", "p", "q", "dp", "dq", "qi", "oth", "k"]);

/** Cuts a long text before it is searched, so that the work has a limit. */
function* limited(text: string, write: (text: string) => Work<string>): Work<string> {
  if (text.length <= MAX_BODY_CHARACTERS) return yield* write(text);
  if (text.length <= MAX_BODY_CHARACTERS + MAX_PARTIAL_SECRET) {
    return (yield* write(text)).slice(0, MAX_BODY_CHARACTERS);
  }
  const shown = yield* write(text.slice(0, MAX_BODY_CHARACTERS + MAX_PARTIAL_SECRET));
  // A part of a secret at the cut is shorter than the removed end.
  return shown.slice(0, Math.min(MAX_BODY_CHARACTERS, shown.length - MAX_PARTIAL_SECRET));
}

function maskCredential(value: string, mask: Mask): string {
  const scheme = /^[A-Za-z][\w-]* +(?=\S)/.exec(value)?.[0] ?? "";
  return scheme + mask(value.slice(scheme.length));
}

const FIELDS: ReadonlyMap<string, (value: string, mask: Mask) => string> = new Map([
  ["authorization", maskCredential],
  ["proxy-authorization", maskCredential],
  ["cookie", (value, mask) => value.replace(/(=)([^;]+)/g, (_, sign, part) => sign + mask(part))],
  [
    "set-cookie",
    (value, mask) => value.replace(/^([^=;]*=)([^;]+)/, (_, name, part) => name + mask(part)),
  ],
]);

/** The mask for values under a name; undefined if the name does not matter. */
function createRules(options: RedactorOptions, mask: Mask, foreignText: Mask) {
  const { secrets, secretFields = [] } = options;
  const secretNames = new Set(secretFields.map((name) => name.toLowerCase()));
  const unlessWords = (rule: Mask): Mask => (value) =>
    isWords(value) ? foreignText(value) : rule(value);

  function ofCredentialField(name: string): Mask | undefined {
    const lower = name.toLowerCase();
    const field = FIELDS.get(lower);
    if (field === undefined) return secretNames.has(lower) ? mask : undefined;
    // A rule does not mask names and attributes, but a server may write a secret into them.
    return (value) =>
      runAtOnce(limited(value, (text) => secrets.maskForeignWork(field(text, mask))));
  }

  const ofField = (name: string) =>
    ofCredentialField(name) ?? (isSecretField(name) ? mask : undefined);

  function ofMember(name: string): Mask | undefined {
    const field = ofField(name);
    if (field !== undefined || !isSecretName(name)) return field;
    return (value) => isHarmlessMember(name, value) ? foreignText(value) : mask(value);
  }

  /** For pairs: `["authorization", "…"]`, `{"name": "authorization", "value": "…"}`. */
  function ofPair(name: unknown): Mask | undefined {
    if (typeof name !== "string") return undefined;
    const credential = ofCredentialField(name);
    if (credential !== undefined) return credential;
    // Other names are also words in lists: `["token", "code"]`.
    const rule = ofMember(name);
    return rule && unlessWords(rule);
  }

  return { ofField, ofMember, ofPair, unlessWords };
}

/** Masks for texts and values, which call each other: JSON is in strings, and strings are in JSON. */
function createMasks(options: RedactorOptions) {
  const { secrets } = options;

  function mask(value: string): string {
    if (value === "" || isMasked(value)) return value;
    if (isDistinctive(value)) secrets.learn(value);
    return maskOfAny(value);
  }

  const maskByName = (text: string) => maskMembers(maskParameters(text, mask), mask);
  const maskBySyntax = (text: string) => maskCredentials(maskTokens(text, mask), mask);
  const ownText = (text: string) => maskBySyntax(secrets.mask(maskByName(text)));

  function* foreignWork(text: string, depth = MAX_JSON_DEPTH): Work<string> {
    const shown = maskBySyntax(yield* secrets.maskForeignWork(maskByName(text)));
    return depth === 0 ? shown : yield* maskDocuments(shown, depth - 1);
  }

  const bodyWork = (text: string, depth?: number) =>
    limited(text, (part) => foreignWork(part, depth));
  const foreignText = (text: string) => runAtOnce(foreignWork(text));
  const rules = createRules(options, mask, foreignText);

  /** Masks JSON, also in the data of an event stream, by its structure too. */
  function* maskDocuments(text: string, depth: number): Work<string> {
    if (/^\s*[[{]/.test(text)) return yield* maskDocument(text, depth);
    if (!/^data:\s*[[{]/m.test(text)) return text;
    let shown = "";
    let done = 0;
    for (const { index, 1: start = "", 2: data = "" } of text.matchAll(EVENT_DATA)) {
      const at = index + start.length;
      shown += text.slice(done, at) + (yield* maskDocument(data, depth));
      done = at + data.length;
    }
    return shown + text.slice(done);
  }

  function* maskDocument(text: string, depth: number): Work<string> {
    const value = parseJson(text);
    if (typeof value !== "object" || value === null) return text;
    const shown = JSON.stringify(yield* foreignValue(value, depth));
    // The text is unchanged if nothing was masked by structure.
    return shown === JSON.stringify(value) ? text : shown;
  }

  function* foreignValue(value: unknown, depth?: number): Work<unknown> {
    if (typeof value === "string") return yield* bodyWork(value, depth);
    if (isNumber(value)) return maskNumber(value, secrets.maskForeign);
    if (Array.isArray(value)) {
      const pair = value.length === 2 ? rules.ofPair(value[0]) : undefined;
      return yield* mapList(
        value,
        (item, at) =>
          pair !== undefined && at === 1 ? maskBelow(item, pair) : foreignValue(item, depth),
      );
    }
    if (!isObject(value)) return value;
    const isKey = typeof value["kty"] === "string";
    const pair = rules.ofPair(value["name"]);
    return yield* mapMembers(value, bodyWork, (name, member) => {
      const write = isKey && PRIVATE_KEY.has(name)
        ? mask
        : name === "value" && pair !== undefined
        ? pair
        : rules.ofMember(name);
      return write ? maskBelow(member, write) : foreignValue(member, depth);
    });
  }

  /** Masks everything under a secret name. */
  function* maskBelow(member: unknown, write: Mask): Work<unknown> {
    if (typeof member === "string") return write(member);
    if (isNumber(member)) return maskNumber(member, write);
    if (Array.isArray(member)) return yield* mapList(member, (item) => maskBelow(item, write));
    if (!isObject(member)) return member;
    const inObject = rules.unlessWords(write);
    return yield* mapMembers(member, bodyWork, (_, item) => maskBelow(item, inObject));
  }

  return { mask, rules, ownText, foreignText, bodyWork, foreignValue, maskBelow };
}

export function createRedactor(options: RedactorOptions): Redactor {
  const masks = createMasks(options);
  const { mask, rules, ownText, foreignText, bodyWork, foreignValue, maskBelow } = masks;

  function* ownWork(text: string): Work<string> {
    yield;
    return ownText(text);
  }

  function* maskFields(list: HeaderList): Work<HeaderList> {
    const shown: [string, string][] = [];
    for (const [name, value] of list) {
      const write = rules.ofField(name);
      shown.push([foreignText(name), write ? write(value) : yield* bodyWork(value)]);
    }
    return shown;
  }

  function* exchangeWork(exchange: Exchange): Work<Exchange> {
    const { request, response, fault } = exchange;
    const { body } = request;
    return {
      ...exchange,
      request: {
        ...request,
        url: yield* bodyWork(request.url),
        headers: yield* maskFields(request.headers),
        body: body === null ? null : yield* bodyWork(body),
      },
      response: response && {
        ...response,
        statusText: yield* bodyWork(response.statusText),
        headers: yield* maskFields(response.headers),
        body: yield* bodyWork(
          response.truncated ? withoutPartialSecret(response.body) : response.body,
        ),
        truncated: response.truncated || response.body.length > MAX_BODY_CHARACTERS,
      },
      fault: fault && { ...fault, message: ownText(fault.message) },
    };
  }

  /** The option `--header`, whose values are all secret: `["Name: value"]`, `[["Name", "value"]]`. */
  function* headerOption(option: unknown): Work<unknown> {
    if (typeof option === "string") {
      const colon = option.indexOf(":");
      if (colon === -1) return mask(option);
      const value = option.slice(colon + 1).trimStart();
      return foreignText(option.slice(0, option.length - value.length)) + mask(value);
    }
    if (!Array.isArray(option)) return yield* foreignValue(option);
    const [name, value] = option;
    const isLine = typeof name === "string" && name.includes(":");
    return option.length === 2 && typeof value === "string" && !isLine
      ? [yield* foreignValue(name), mask(value)]
      : yield* mapList(option, headerOption);
  }

  return {
    text: (text) => runAtOnce(bodyWork(text)),
    exchange(exchange) {
      // Twice, because a later part may show that an earlier value is a secret.
      runAtOnce(exchangeWork(exchange));
      return runAtOnce(exchangeWork(exchange));
    },
    exchangeWork,
    document: <T>(document: T) =>
      maskOwnDocument(document, {
        text: (message) => runAtOnce(limited(message, ownWork)),
        foreign(value, name) {
          if (/^headers?$/i.test(name)) return headerOption(value);
          const write = rules.ofMember(name);
          return write ? maskBelow(value, write) : foreignValue(value);
        },
      }) as Work<T>,
    foreign: <T>(value: T) => foreignValue(value) as Work<T>,
  };
}

/** Exchanges, masked. Learns the secrets that they show. */
export function* maskExchanges(
  exchanges: readonly Exchange[],
  redactor: Pick<Redactor, "exchangeWork">,
  onMasked: (exchange: Exchange) => void,
): Work<void> {
  // Twice, because a later exchange may show that a value in an earlier one is a secret.
  for (const exchange of exchanges) yield* redactor.exchangeWork(exchange);
  for (const exchange of exchanges) onMasked(yield* redactor.exchangeWork(exchange));
}
