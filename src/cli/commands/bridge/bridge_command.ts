import { openAnyEra } from "../../../bridge/map/any_era.ts";
import { createRelay } from "../../../bridge/relay/relay.ts";
import { createBacklog } from "../../../bridge/message/backlog.ts";
import { openStdio } from "../../../bridge/stdio/stdio_client.ts";
import { createSignIn } from "../../../bridge/sign_in/sign_in.ts";
import { openLegacy } from "../../../bridge/upstream/legacy.ts";
import { usageFailure } from "../../../core/failure.ts";
import { MEBIBYTE } from "../../../core/response_limit.ts";
import type { Command } from "../../command/command.ts";
import { openCommandSession } from "../../shared/command_session.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { HIDES_STEPS } from "../../shared/token_command_flags.ts";
import { BRIDGE_FLAGS } from "./bridge_flags.ts";
import { BRIDGE_RULES } from "./bridge_rules.ts";
import { openControl, RECORDED_TEXT } from "./open_control.ts";
import { openBridgeFetch } from "./open_fetch.ts";

/** With the end of the session, a client that closed the input waits less than a second. */
const DRAIN_MS = 400;

/** For a refresh that is being sent. */
const SETTLE_MS = 300;

/** Bytes of messages that wait for the server or the client, before no more are read. */
const MAX_BACKLOG = 8 * MEBIBYTE;

const FOR_PERSONS = `\
Waiting for messages of an MCP client on standard input. Clients start this
command themselves. To configure one, run: mcpass config <client> <server>
Press Ctrl-C to stop
`;

export const BRIDGE_COMMAND: Command<typeof BRIDGE_FLAGS> = {
  name: "bridge",
  summary: "Connect a client that cannot sign in: messages on standard input and output",
  operands: "[server...]",
  serverOperand: [],
  examples: [
    ["in the configuration of a client", "mcpass bridge https://server.example/mcp"],
    ["for clients that speak HTTP", "mcpass bridge --listen https://server.example/mcp"],
    ["several servers, by the names of their sign-ins", "mcpass bridge --listen linear notion"],
  ],
  flags: BRIDGE_FLAGS,
  rules: BRIDGE_RULES,
  requiredOptions: [REQUIRED_SIGN_IN],
  notes: [
    "Standard output has JSON-RPC messages, one on each line, and nothing else.",
    "docs/bridge.md describes the sign-in, the errors that a client gets, and --listen.",
  ],
  async run(invocation, { runtime }) {
    const { options, operands } = invocation;
    if (options.listen !== undefined) {
      const { listen } = await import("./listen.ts");
      return await listen(BRIDGE_COMMAND, invocation, options.listen, runtime);
    }
    if (operands.length > 0) {
      throw usageFailure(
        "unexpected_argument",
        "mcpass bridge accepts one argument, the server, without --listen",
        "Start one bridge for each server, or add --listen",
      );
    }
    const debugOut = options.record ?? options.debugOut;
    if (runtime.io.stdinIsTerminal && !options.quiet) runtime.io.err(FOR_PERSONS);
    const startedAt = runtime.clock.now();
    const { input, write, clientEnded } = runtime.openPipe();
    const session = await openCommandSession(runtime, { ...options, debugOut }, {
      ...HIDES_STEPS,
      command: { name: "bridge", flags: BRIDGE_FLAGS },
      invocation,
      serverUrl: options.url ?? "",
      recordedText: debugOut === undefined ? 0 : RECORDED_TEXT,
    });
    await session.run(async () => {
      const { stages, log, signal: stopped, close } = await openControl(options, session);
      const signal = AbortSignal.any([stopped, clientEnded]);
      const backlog = createBacklog(MAX_BACKLOG);
      const drainMs = options.drain ?? DRAIN_MS;
      const onOtherText = () => {
        log("line_ignored");
        session.note("standard input has text that is not a JSON-RPC message; mcpass ignores it");
      };
      const stdio = openStdio({ input, write, backlog, drainMs, signal, onOtherText });
      // A signal ends the session with a request too.
      const closed = new AbortController();
      const http = session.httpAt(session.serverUrl, closed.signal);
      const fetch = await openBridgeFetch({ session, invocation, http, closed: closed.signal });
      const context = { options, session, fetch, startedAt, signal };
      const { stage, signIn } = createSignIn({
        load: async (client) =>
          (await import("./open_sign_in.ts")).openPersonSignIn(context, client),
        keep: async (request, answer) =>
          (await import("./keep_answer.ts")).keepAnswerOf(context, request, answer),
      });
      const relay = createRelay({
        serverUrl: session.serverUrl,
        fetch: fetch.fetch,
        signal: closed.signal,
        backlog,
        mask: session.secrets.maskForeign,
        delay: session.clock.sleep,
        log,
        open: openAnyEra({
          openOlder: openLegacy,
          era: options.era ?? "same",
          repeatsCalls: options.retryCalls,
          logLevel: options.logLevel,
        }),
        stages: [...stages, stage],
        write: stdio.write,
        signIn,
      });
      await stdio.run(relay);
      await fetch.settled(AbortSignal.timeout(SETTLE_MS));
      closed.abort();
      await close();
      return {};
    });
    return 0;
  },
  writesLines: true,
  failureDocument: () => undefined,
};
