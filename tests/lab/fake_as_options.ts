/**
 * What a test can say about the hand-made authorization server.
 *
 * @module
 */

import type { LabAuthMethod, LabClient, WellKnown } from "./authorization_server_options.ts";
import type { TrustedIssuer } from "./fake_assertions.ts";
import type { PollWord } from "./fake_device.ts";
import type { RecordedRequest } from "./journal.ts";
import type { Answer } from "./scripted_server.ts";

/** A document or parameters in the making. */
export type Members = Record<string, unknown>;

/** A JSON answer in the making. */
export interface JsonAnswer {
  /** Status. */
  readonly status: number;
  /** Members of the body. */
  readonly body: Members;
}

/** What a test can set and replace. Each replacement gets what honesty would send. */
export interface FakeAsBehaviour {
  /** Clients known beforehand. */
  readonly clients?: readonly LabClient[];
  /** Client ID metadata documents by URL: turns CIMD on; nothing is fetched. */
  readonly clientDocuments?: Readonly<Record<string, object>>;
  /** Default true. */
  readonly registration?: boolean;
  /** Default `none`, basic and post. */
  readonly authMethods?: readonly LabAuthMethod[];
  /** `scopes_supported`; default `mcp:read`, `mcp:write`, `offline_access`. Others are refused. */
  readonly scopes?: readonly string[];
  /**
   * Whether requests must carry the right `resource`, may, or must not, or may carry any; default
   * `required`.
   */
  readonly resourceParameter?: "required" | "optional" | "refused" | "ignored";
  /** Seconds; default 3600. */
  readonly accessTokenTtl?: number;
  /** Default true: issued, and replaced at each use. */
  readonly refreshTokens?: boolean;
  /** Turns the grant by assertion on: whose. A client that may use it must; else no client may. */
  readonly trustedIssuer?: TrustedIssuer;
  /** Turns the device grant on: what each poll is told. */
  readonly device?: readonly PollWord[];
  /** The answer of the device authorization endpoint. */
  readonly deviceResponse?: (answer: JsonAnswer, request: RecordedRequest) => Answer;
  /** Well-known documents that answer; default `oauth`. */
  readonly wellKnown?: readonly WellKnown[];
  /** The metadata document. */
  readonly metadata?: (document: Members, request: RecordedRequest) => Members | string | Answer;
  /** The answer to a registration. */
  readonly registrationResponse?: (answer: JsonAnswer, request: RecordedRequest) => Answer;
  /** The parameters sent back to the redirect URI; an `Answer` is sent in place of the redirect. */
  readonly authorizationResponse?: (
    parameters: Record<string, string>,
    request: RecordedRequest,
  ) => Record<string, string> | { readonly answer: Answer };
  /** The answer of the token endpoint. */
  readonly token?: (
    answer: JsonAnswer,
    form: URLSearchParams,
    request: RecordedRequest,
  ) => Answer | Promise<Answer>;
}
