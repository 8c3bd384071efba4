/**
 * The tokenless requests that open a login: they bring the challenge, and tell which wire an
 * unauthorized client gets to see.
 *
 * @module
 */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { printable, quoted } from "../../core/text.ts";
import type { HttpAnswer } from "../../http/http.ts";
import { mediaType } from "../../oauth/common/answer.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import {
  type FirstAnswer,
  jsonRpcMessage,
  judgeFirstAnswer,
  sessionRequest,
} from "../../oauth/mcp/first_request.ts";
import { LATEST_INITIALIZE, type Revision } from "../../oauth/mcp/revision.ts";
import { judgeChallenge } from "./challenge_findings.ts";
import { firstPost, post } from "./first_post.ts";
import type { Run } from "../context/run.ts";

/** What the server said before it saw a token. */
export interface Contact {
  /** The challenge; undefined when there was none to follow. */
  readonly challenge: BearerChallenge | undefined;
  /** URL that was asked: a relative `resource_metadata` is resolved against it. */
  readonly url: string;
  /** The row whose wire the server speaks, as far as it can be told. */
  readonly wire: Revision;
  /**
   * Set when no 401 came: why the login goes on only if the server publishes resource metadata, and
   * how it fails otherwise.
   */
  readonly unless: Failure | undefined;
}

/** The requests that follow an `initialize` that needed no token, until one wants a token. */
async function askFurther(run: Run, opened: HttpAnswer, wire: Revision): Promise<HttpAnswer> {
  const message = jsonRpcMessage(opened.body, mediaType(opened));
  const result = message?.["result"] as { protocolVersion?: unknown } | undefined;
  const version = typeof result?.protocolVersion === "string" ? result.protocolVersion : wire.id;
  const session = { version, id: opened.headers.get("mcp-session-id") };
  run.deps.secrets.add(session.id);
  const initialized = await post(
    run,
    sessionRequest({ method: "notifications/initialized" }, session),
    null,
  );
  if (initialized.status === 401) return initialized;
  return await post(run, sessionRequest({ id: 2, method: "tools/list", params: {} }, session), 2);
}

/** When to come back (RFC 9110 §10.2.3). */
function later({ headers }: HttpAnswer): string {
  const seconds = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(seconds) ? `in ${seconds} s (Retry-After)` : "later";
}

function unexpected(run: Run, answer: HttpAnswer, verdict: FirstAnswer): Failure {
  const why = verdict.kind === "unexpected" || verdict.kind === "other_wire"
    ? verdict.why
    : `HTTP ${answer.status}`;
  const html = mediaType(answer) === "text/html" && answer.status < 300;
  const older = verdict.kind === "other_wire" && !run.auto;
  const busy = answer.status === 429 || answer.status >= 500;
  return new Failure(
    html ? "not_an_mcp_endpoint" : older ? "wire_not_supported" : "unexpected_answer",
    `a request without a token to ${
      quoted(run.plan.serverUrl)
    } was answered with ${why}, where 401 ` +
      "was due",
    {
      remedy: html
        ? "The address answers with a web page: check the path (often /mcp), or a web login stands " +
          "in front of the server"
        : older
        ? `The server does not speak ${run.rules.id}: use --protocol-version auto`
        : busy
        ? `The server, or something before it, failed or is throttled: try again ${
          later(answer)
        }. ` +
          "So it says nothing about its authorization"
        : answer.status === 404 || answer.status === 405
        ? "Check the path of --url (often /mcp, sometimes /sse), with and without a trailing slash. " +
          "Server: answer 401 to a request without a token"
        : answer.status === 403
        ? "A policy in front of the server may refuse this client. Server: answer 401 with a " +
          "challenge to a request without a token"
        : "Server: answer 401 with a challenge to a request without a token",
      reference: "MCP authorization, Error Handling",
      detail: `HTTP ${answer.status}`,
    },
  );
}

/** What is to be said where `auto` meets a server of the `initialize` era. */
export function olderWire(run: Run, version: string, why: string): Judgement {
  return {
    code: "older_wire",
    severity: "info",
    message:
      `${why}, so the initialize handshake of ${printable(version, 20)} is used; the checks ` +
      `stay those of ${run.rules.id}`,
    remedy: `Server: support ${run.rules.id} as well; until then nothing is lost`,
    reference: "MCP transports, Backward Compatibility",
  };
}

/** Statuses after which the well-known documents are still worth a look. */
const WORTH_A_LOOK: readonly number[] = [403, 404, 405];

/**
 * Asks the MCP server without a token, or goes on from its answer to {@link firstPost}.
 *
 * @throws Failure `unexpected_answer`, `not_an_mcp_endpoint`, `wire_not_supported`, `network_*`.
 */
export async function firstContact(run: Run, first?: HttpAnswer): Promise<Contact> {
  let wire = run.rules;
  let answer = first ?? await firstPost(run);
  let verdict = judgeFirstAnswer(answer, wire.wire);
  if (verdict.kind === "other_wire" && run.auto) {
    const why = verdict.why;
    const modern = { answer, verdict };
    wire = LATEST_INITIALIZE;
    answer = await firstPost(run, wire);
    verdict = judgeFirstAnswer(answer, wire.wire);
    if (verdict.kind === "unauthorized" || verdict.kind === "open") {
      run.judge([
        olderWire(run, wire.id, `the server answered a ${run.rules.id} request with ${why}`),
      ]);
    } else {
      ({ answer, verdict } = modern);
    }
  }
  if (verdict.kind === "open" && wire.wire === "initialize") {
    answer = await askFurther(run, answer, wire);
    verdict = answer.status === 401
      ? { kind: "unauthorized" }
      : answer.status < 300
      ? verdict
      : judgeFirstAnswer(answer, wire.wire);
  }
  const contact = { url: answer.url, wire };
  if (verdict.kind === "unauthorized") {
    const { challenge, judgements } = judgeChallenge(answer.headers.get("www-authenticate"), false);
    run.judge(judgements);
    return { ...contact, challenge, unless: undefined };
  }
  if (verdict.kind === "open") {
    return {
      ...contact,
      challenge: undefined,
      unless: new Failure(
        "authorization_not_required",
        `${quoted(run.plan.serverUrl)} answers without a token, and no resource metadata was found`,
        {
          remedy: "No sign-in is needed: connect without a token. If the server should be " +
            "protected, it has to answer 401 to a request without a token",
          reference: "MCP authorization, Overview",
        },
      ),
    };
  }
  const failure = unexpected(run, answer, verdict);
  if (!WORTH_A_LOOK.includes(answer.status)) throw failure;
  const header = answer.headers.get("www-authenticate");
  const challenge = header === null ? undefined : judgeChallenge(header, false).challenge;
  return { ...contact, challenge, unless: failure };
}

/** {@link firstContact}, with a few words about what was found. */
export async function contactFrom(
  run: Run,
  first: HttpAnswer,
  detail: (text: string) => void,
): Promise<Contact> {
  const found = await firstContact(run, first);
  detail(
    found.challenge === undefined
      ? "no challenge"
      : `challenge ${found.challenge.scheme || "without scheme"}`,
  );
  return found;
}

/** {@link firstContact} as a step. */
export async function contactStep(run: Run): Promise<Contact> {
  return await run.step(
    "request_without_token",
    async (detail) => await contactFrom(run, await firstPost(run), detail),
  );
}
