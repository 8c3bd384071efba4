/** A check of `server doctor`, and the facts that it judges. @module */

import type { Renewal } from "../../flow/credentials/renewal.ts";
import type { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CheckId } from "../../findings/mod.ts";
import type { LoginCommand } from "../../core/command_text.ts";
import type { ProbeResult } from "../../flow/inspect/probe_server.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";
import type { ServerDescription } from "../../mcp/connection.ts";
import type { ListKind } from "../../mcp/list_kind.ts";
import type { Deviation } from "../run/judge_discovery.ts";
import type { ClockReading } from "./clock_reading.ts";

export interface TokenFacts {
  readonly kind: "token" | "file" | "store";
  readonly where: string;
  readonly account: string | null;
  /** Only the server can read a `jwe`, and only its issuer an `opaque` token. */
  readonly format: "jwt" | "jwe" | "opaque";
  readonly unverifiedClaims: JsonObject | null;
  readonly issuer: string | null;
  readonly clientId: string | null;
  /** True if requests with it have a DPoP proof or the client certificate. */
  readonly sendsProof: boolean;
  /** `resource` of the request; null if none was sent, undefined if it is unknown. */
  readonly resource: string | null | undefined;
  /** Expiry as the token endpoint reported it, ISO 8601. */
  readonly expiresAt: string | null;
  readonly requestedScopes: readonly string[] | null;
  readonly grantedScope: string | null;
  /** Undefined for a token that was given. */
  readonly renewal: Renewal | undefined;
  readonly renewed: boolean;
}

export interface ListFacts {
  readonly offered: boolean;
  /** Items on all pages; null when it was not listed. */
  readonly count: number | null;
  /** Names that occur more than once. */
  readonly repeated: readonly string[];
  /** What is wrong with definitions in the list. */
  readonly invalid?: Judgement | undefined;
  readonly error: Failure | null;
}

export interface Facts {
  readonly serverUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the server shows without credentials. */
  readonly probe: ProbeResult;
  /** What the checks of `oauth conformance` found in addition to the findings of `probe`. */
  readonly deviations: readonly Deviation[];
  /** TLS of the MCP server; null without TLS, undefined if it could not be inspected. */
  readonly tls: TlsFacts | null | undefined;
  readonly tlsNote: string | null;
  readonly clocks: readonly ClockReading[];
  readonly token: TokenFacts | null;
  /** True if a client is stored for the server, with a token or without. */
  readonly hasClient: boolean;
  /** False if no flag accepts what the metadata is refused for. */
  readonly canSignIn: boolean;
  /** The command line of a sign-in like the stored one, with more flags. */
  readonly login: LoginCommand;
  readonly connection: ServerDescription | null;
  /** Why there is no connection; null if none was attempted. */
  readonly connectionError: Failure | null;
  readonly lists: Readonly<Record<ListKind, ListFacts>> | null;
}

export interface Outcome {
  readonly status: "ok" | "warning" | "error" | "skipped";
  readonly detail: string;
  readonly remedy: string | null;
  readonly reference: string | null;
  /** True if a new sign-in fixes the error. */
  readonly signIn?: boolean;
}

export interface DoctorCheck {
  readonly id: CheckId;
  readonly title: string;
  run(facts: Facts): Outcome;
}

export interface CheckResult extends Outcome, Pick<DoctorCheck, "id" | "title"> {}

export function pass(detail: string): Outcome {
  return { status: "ok", detail, remedy: null, reference: null };
}

export function skip(detail: string): Outcome {
  return { status: "skipped", detail, remedy: null, reference: null };
}

export function warn(detail: string, remedy: string, reference: string | null = null): Outcome {
  return { status: "warning", detail, remedy, reference };
}

export function fail(
  detail: string,
  remedy: string,
  reference: string | null = null,
  signIn = false,
): Outcome {
  return { status: "error", detail, remedy, reference, ...(signIn ? { signIn } : {}) };
}

export function failWith(
  { message, remedy, reference, kind }: Failure,
  otherwise = "Look at the exchanges with --verbose",
): Outcome {
  return fail(message, remedy ?? otherwise, reference, kind === "sign_in_needed");
}
