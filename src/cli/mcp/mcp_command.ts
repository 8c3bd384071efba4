/** Makes a command that uses a feature of an MCP server, with a token if there is one. @module */

import type { McpSession } from "../../flow/mcp/mcp_session.ts";
import type { Command, Context, Invocation } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import type { CommandSession } from "../shared/command_session.ts";
import { credentialsFor, type FoundCredentials, startAuthorizedSession } from "./mcp_access.ts";
import { REQUIRED_SIGN_IN } from "../shared/sign_in/required_server.ts";
import { type CommandReport, sessionCommand } from "../shared/session_command.ts";
import {
  TOKEN_COMMAND_FLAGS,
  TOKEN_NOTES,
  type TokenCommandInvocation,
  tokenNeeds,
} from "../shared/token_command_flags.ts";

export interface McpUse<F extends FlagTable> {
  readonly session: CommandSession;
  readonly found: FoundCredentials;
  readonly mcp: McpSession;
  readonly invocation: Invocation<F & typeof TOKEN_COMMAND_FLAGS>;
  readonly context: Context;
}

interface McpCommand<F extends FlagTable>
  extends
    Pick<Command<F>, "name" | "summary" | "examples">,
    Partial<
      Pick<Command<F & typeof TOKEN_COMMAND_FLAGS>, "operands" | "notes" | "requiredOptions">
    > {
  /** Flags in addition to those for the server and the token. */
  readonly flags: F;
  use(use: McpUse<F>): Promise<CommandReport>;
}

const EXIT_NOTE =
  "Exit status: 0 done, 1 failed, 2 usage, 4 a person has to sign in, 130 cancelled.";

export function mcpCommand<F extends FlagTable>(
  { use, flags, notes = [], requiredOptions = [], ...description }: McpCommand<F>,
): Command<F & typeof TOKEN_COMMAND_FLAGS> {
  type Own = TokenCommandInvocation & Invocation<F & typeof TOKEN_COMMAND_FLAGS>;
  return sessionCommand<F & typeof TOKEN_COMMAND_FLAGS>({
    ...description,
    ...description.operands === undefined ? {} : { serverOperand: "leading" },
    flags: { ...flags, ...TOKEN_COMMAND_FLAGS },
    requiredOptions: [REQUIRED_SIGN_IN, ...requiredOptions],
    notes: [...notes, ...TOKEN_NOTES, EXIT_NOTE],
    needs: (given) => tokenNeeds(given as unknown as Own),
    async report(session, given, context) {
      const invocation = given as unknown as Own;
      const found = await credentialsFor(session, invocation);
      await using mcp = startAuthorizedSession(session, invocation, found);
      return await use({ session, found, mcp, invocation, context });
    },
  });
}
