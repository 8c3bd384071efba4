/**
 * The findings catalogue: one table with a page for every code of a finding or a failure.
 *
 * @module
 */

import { CHECK_PAGES } from "./checks.ts";
import { DEVICE_PAGES } from "./device.ts";
import { CLIENT_DOCUMENT_PAGES } from "./client_document.ts";
import { ENDPOINT_PAGES } from "./endpoint.ts";
import { KEY_PAGES } from "./keys.ts";
import { COMMAND_LINE_PAGES, NETWORK_PAGES, STORE_PAGES } from "./machine.ts";
import type { Page, Pages } from "./page.ts";
import { RESOURCE_PAGES } from "./resource.ts";
import { SERVER_PAGES } from "./server.ts";
import { SIGN_IN_PAGES } from "./sign_in.ts";

export type { Page, Pages, ProductNote } from "./page.ts";

/** The catalogue by topic, in the order of a login. */
export const TOPICS = [
  ["The MCP endpoint", ENDPOINT_PAGES],
  ["Protected resource metadata", RESOURCE_PAGES],
  ["Authorization server metadata", SERVER_PAGES],
  ["Registration, authorization, tokens", SIGN_IN_PAGES],
  ["Sign-in by a device code", DEVICE_PAGES],
  ["Client ID metadata documents", CLIENT_DOCUMENT_PAGES],
  ["Keys, assertions and proofs", KEY_PAGES],
  ["Checks of mcpass server doctor", CHECK_PAGES],
  ["Network", NETWORK_PAGES],
  ["Store", STORE_PAGES],
  ["Command line", COMMAND_LINE_PAGES],
] as const satisfies readonly (readonly [title: string, pages: Pages])[];

type KeysOf<T> = T extends T ? keyof T : never;
type AfterPrefix<C, P extends string> = C extends `${P}${infer Rest}` ? Rest : never;
type BeforeSuffix<C, S extends string> = C extends `${infer Rest}${S}` ? Rest : never;

/** Every code of a finding or a failure: a code without a page does not compile. */
export type Code = KeysOf<(typeof TOPICS)[number][1]>;

/** What failed below HTTP: each fault of an exchange is a failure `network_<fault>`. */
export type FaultCode = AfterPrefix<Code, "network_"> | "body_too_large";

/** The checks of `server doctor`: one that fails ends the command with `<check>_failed`. */
export type CheckId = BeforeSuffix<keyof typeof CHECK_PAGES, "_failed">;

/** Every page by code. */
export const PAGES: ReadonlyMap<string, Page> = new Map(
  TOPICS.flatMap(([, pages]) => Object.entries<Page>(pages)),
);
