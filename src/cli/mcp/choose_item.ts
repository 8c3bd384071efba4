/** The tool, prompt or resource that a command line does not name. @module */

import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import { usageFailure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { RequiredOption } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { askRequired } from "../prompt/ask.ts";
import { canAsk } from "../prompt/missing_options.ts";
import { itemChoices } from "./item_text.ts";
import type { McpUse } from "./mcp_command.ts";
import { namesText } from "./unknown_name.ts";

interface ItemQuestion<F extends FlagTable> {
  readonly flags: F;
  readonly required: RequiredOption<F>;
  /** `tool`. */
  readonly noun: string;
  /** What the server lists. */
  readonly items: readonly JsonObject[];
  /** The member that names an item. */
  readonly member?: string;
  /** The command that lists the items. */
  readonly list: PrintedCommand;
}

/** @throws Failure `missing_options` with the names, if nobody can be asked. */
export async function chooseItem<F extends FlagTable>(
  { session, invocation, context }: Pick<McpUse<F>, "session" | "invocation" | "context">,
  { flags, required, noun, items, member, list }: ItemQuestion<F>,
): Promise<string> {
  const { runtime } = context;
  const choices = itemChoices(items, member);
  if (canAsk(invocation.options as { readonly noInput: boolean }, runtime.io)) {
    session.progress.finish();
    return await askRequired(flags, required, runtime, choices);
  }
  const names = choices.map(({ value }) => value);
  const text = names.length === 0
    ? `The server lists no ${noun}s for this account`
    : namesText(names, `Add one of the server's ${noun}s`) ||
      `Add one of the ${names.length} ${noun}s of the server`;
  const message = `the ${member === "uri" ? "URI" : "name"} of the ${noun} is missing`;
  throw usageFailure("missing_options", message, withCommand(text, list));
}
