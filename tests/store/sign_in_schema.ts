/**
 * The schema of a stored sign-in, in the store and in a credentials file, written a second time with
 * zod: property tests compare the readers of src/store with it.
 *
 * @module
 */

import * as z from "zod";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../src/store/stored_entry.ts";
import { contradiction, joinEntry } from "../../src/store/entry_codec.ts";
import { RECORD_VERSION } from "../../src/store/entry_record.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import { RULES, SECRET_RULES } from "../../src/store/entry_rules.ts";
import type { MemberFault, Rule } from "../../src/store/member_reader.ts";

/** The members of a credentials file, and the member of an entry that each of them is. */
const MEMBERS = [
  ["serverUrl", "serverUrl"],
  ["issuer", "issuer"],
  ["clientId", "client.clientId"],
  ["clientSecret", "client.clientSecret"],
  ["clientSecretSource", "client.clientSecretSource"],
  ["registration", "client.approach"],
  ["redirectUrl", "client.redirectUri"],
  ["accessToken", "tokens.accessToken"],
  ["refreshToken", "tokens.refreshToken"],
  ["idToken", "tokens.idToken"],
  ["tokenType", "tokens.tokenType"],
  ["obtainedAt", "tokens.obtainedAt"],
  ["expiresAt", "tokens.expiresAt"],
  ["scope", "grantedScope"],
  ["requestedScopes", "requestedScopes"],
  ["resource", "resource"],
  ["tokenEndpoint", "endpoints.token"],
  ["revocationEndpoint", "endpoints.revocation"],
  ["introspectionEndpoint", "endpoints.introspection"],
  ["tokenAuthMethod", "client.tokenAuthMethod"],
  ["clientIdInForm", "client.clientIdInForm"],
  ["audienceIsEndpoint", "client.audienceIsEndpoint"],
  ["privateKey", "client.privateKey"],
  ["assertionAlgorithm", "client.assertionAlgorithm"],
  ["registeredScope", "client.registeredScope"],
  ["registrationClientUri", "client.registrationUri"],
  ["registrationAccessToken", "client.registrationToken"],
  ["clientCertificate", "client.certificate"],
  ["certificateAtServer", "certificateAtServer"],
  ["dpopKey", "dpopKey"],
  ["grant", "grant"],
  ["refresh", "refresh"],
  ["idpClientSecret", "idpClientSecret"],
  ["idpIdToken", "idpIdToken"],
  ["idpRefreshToken", "idpRefreshToken"],
  ["authMode", "authMode"],
  ["protocolVersion", "protocolVersion"],
  ["headerNames", "headerNames"],
  ["namedHosts", "namedHosts"],
  ["relaxed", "relaxations"],
  ["loginFlags", "loginFlags"],
  ["refreshBegun", "journal"],
] as const satisfies readonly (readonly [name: string, path: string])[];

const NEVER = new Date(0).toISOString();

/** Values of the members that are missing or null in the file. */
function defaultsFor(document: JsonObject): Readonly<Record<string, unknown>> {
  const hasSecret = document.clientSecret !== undefined && document.clientSecret !== null;
  return {
    "account": DEFAULT_ACCOUNT,
    "issuer": "",
    "client.clientId": "",
    "client.approach": "preregistered",
    "client.redirectUri": null,
    "client.tokenAuthMethod": hasSecret ? "client_secret_basic" : "none",
    "tokens.tokenType": "Bearer",
    "tokens.obtainedAt": NEVER,
    "tokens.expiresAt": null,
    "grantedScope": null,
    "requestedScopes": null,
    "resource": null,
    "endpoints.token": "",
    "authMode": "interactive",
    "protocolVersion": "auto",
    "headerNames": [],
    "relaxations": {},
  };
}

const text = ({ test, expected }: Rule) => z.string().refine(test, `must be ${expected}`);

const client = {
  clientId: text(RULES.printableOrEmpty),
  clientSecretSource: text(RULES.secretSource).optional(),
  approach: text(RULES.approach),
  tokenAuthMethod: text(RULES.authMethod),
  clientIdInForm: z.boolean().optional(),
  audienceIsEndpoint: z.boolean().optional(),
  assertionAlgorithm: text(RULES.algorithm).optional(),
  redirectUri: text(RULES.url).nullable(),
  registrationUri: z.string().optional(),
  registeredScope: text(RULES.scope).optional(),
  certificate: z.object({
    certFile: text(RULES.path),
    keyFile: text(RULES.path),
    passphraseFile: text(RULES.path).optional(),
  }).optional(),
};

const tokens = {
  tokenType: text(RULES.tokenType),
  obtainedAt: text(RULES.time),
  expiresAt: text(RULES.time).nullable(),
};

const endpoints = {
  token: z.string(),
  revocation: z.string().optional(),
  introspection: z.string().optional(),
};

const loginFlag = z.union([
  z.literal(true),
  text(RULES.printable),
  z.array(text(RULES.printable)),
]);

const rest = {
  serverUrl: text(RULES.url),
  account: text(RULES.printable),
  issuer: z.string(),
  authMode: text(RULES.authMode),
  requestedScopes: z.array(text(RULES.scopeToken)).nullable(),
  grantedScope: text(RULES.scope).nullable(),
  resource: text(RULES.resource).nullable(),
  protocolVersion: text(RULES.revision),
  relaxations: z.strictObject({
    trustIssuer: z.strictObject({ expected: text(RULES.url), announced: text(RULES.printable) })
      .optional(),
    trustPkce: text(RULES.printable).optional(),
    resource: text(RULES.resourceOrNone).optional(),
  }),
  loginFlags: z.custom((value) =>
    isObject(value) &&
    Object.entries(value).every(([name, item]) =>
      RULES.option.test(name) && loginFlag.safeParse(item).success
    )
  ).optional(),
  headerNames: z.array(text(RULES.fieldName)),
  namedHosts: z.array(text(RULES.host)).optional(),
  grant: z.object({
    file: text(RULES.path).optional(),
    identityProvider: z.object({
      issuer: text(RULES.url),
      clientId: text(RULES.printable),
      tokenEndpoint: text(RULES.url).optional(),
    }).optional(),
  }).optional(),
  refresh: z.object({
    withScope: z.boolean().optional(),
    withoutResource: z.boolean().optional(),
    refusedWith: text(RULES.printable).optional(),
  }).optional(),
  registeredOnly: z.boolean().optional(),
  certificateAtServer: z.boolean().optional(),
  journal: z.object({
    startedAt: text(RULES.time),
    refreshTokenFingerprint: text(RULES.fingerprint),
  }).optional(),
  moved: z.object({ at: text(RULES.time), to: text(RULES.printable) }).optional(),
  received: z.object({
    at: text(RULES.time),
    from: text(RULES.printable),
    fingerprint: text(RULES.fingerprint),
    moves: z.number().int().nonnegative().optional(),
  }).optional(),
};

const secrets = Object.fromEntries(
  Object.entries(SECRET_RULES).map(([name, rule]) => [name, text(rule).optional()]),
);

const values = z.strictObject(secrets);

/** What is not secret of an entry. */
const shown = z.object({
  ...rest,
  client: z.object(client),
  tokens: z.object(tokens).nullable(),
  endpoints: z.object(endpoints),
});

type Shown = z.infer<typeof shown>;

const CUSTOM = "custom";

function issueOf({ member, expected }: MemberFault) {
  return { code: CUSTOM, path: member.split("."), message: `must be ${expected}` } as const;
}

/** Rules between members; those of single members come first. */
function check(entry: Shown, secrets: unknown, context: z.RefinementCtx): void {
  if (!RULES.url.test(entry.serverUrl)) return;
  const unfit = contradiction(entry as unknown as StoredEntry);
  if (unfit !== undefined) context.addIssue(issueOf(unfit));
  const token = (secrets as Record<string, unknown> | undefined)?.["tokens.accessToken"];
  if (secrets === undefined || entry.tokens === null || token !== undefined) return;
  context.addIssue(issueOf({ member: "tokens.accessToken", expected: "an access token" }));
}

/** The file of an entry in the store. */
const record = z.object({
  version: z.literal(RECORD_VERSION),
  entry: shown,
  holds: z.array(z.enum(Object.keys(SECRET_RULES) as [string, ...string[]])),
  secrets: z.discriminatedUnion("place", [
    z.object({ place: z.literal("file"), values }),
    z.object({
      place: z.literal("keyring"),
      helper: text(RULES.printable),
      id: text(RULES.keyId),
      sealed: z.object({ nonce: text(RULES.base64), data: text(RULES.base64) }),
    }),
  ]),
}).superRefine(({ entry, secrets }, context) => {
  check(entry, secrets.place === "file" ? secrets.values : undefined, context);
});

/** Schemas of single members of an entry, by their path. */
const BY_PATH: Readonly<Record<string, z.ZodType>> = {
  ...rest,
  ...secrets,
  ...prefixed("client", client),
  ...prefixed("tokens", tokens),
  ...prefixed("endpoints", endpoints),
};

function prefixed(group: string, members: Record<string, z.ZodType>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(members).map(([name, it]) => [`${group}.${name}`, it]));
}

/** A credentials file, version 1, and the sign-in that is in it. */
const credentials = z.object({
  version: z.literal(1),
  ...Object.fromEntries(
    MEMBERS.map(([name, path]) => [name, (BY_PATH[path] ?? z.never()).nullish()]),
  ),
  serverUrl: text(RULES.url),
  accessToken: text(SECRET_RULES["tokens.accessToken"]).nullable(),
}).transform((file: Record<string, unknown>, context) => {
  const nested: Record<string, Record<string, unknown>> = { client: {}, tokens: {}, endpoints: {} };
  const secrets: Record<string, string> = {};
  const place = (path: string, value: unknown) => {
    const [group = "", name] = path.split(".");
    if (Object.hasOwn(SECRET_RULES, path)) secrets[path] = value as string;
    else {Object.assign(name === undefined ? nested : nested[group] ?? {}, {
        [name ?? group]: value,
      });}
  };
  for (const [path, value] of Object.entries(defaultsFor(file))) place(path, value);
  for (const [name, path] of MEMBERS) {
    if (file[name] !== undefined && file[name] !== null) place(path, file[name]);
  }
  const entry = nested as unknown as Shown;
  check(entry, undefined, context);
  const signedOut = file.accessToken === null;
  return joinEntry(
    (signedOut ? { ...entry, tokens: null } : entry) as Parameters<typeof joinEntry>[0],
    secrets,
  );
});

/** A document that fits, with its value, or one that does not. */
export type Parsed = { readonly value: unknown } | "refused";

function parsed(schema: z.ZodType, document: unknown): Parsed {
  const { success, data } = schema.safeParse(document);
  return success ? { value: data } : "refused";
}

/** The file of an entry in the store, by the schema. */
export function parseRecord(document: unknown): Parsed {
  return parsed(record, document);
}

/** A credentials file, version 1, as the stored sign-in that it means, by the schema. */
export function parseCredentials(document: unknown): Parsed {
  return parsed(credentials, document);
}
