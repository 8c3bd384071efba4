import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import type { Command } from "../../command/command.ts";
import { TEXT_RESULT_FLAGS } from "../../args/common_flags.ts";
import { asksForDocument, requestedErrorDocument } from "../../terminal/error_document.ts";
import { documentText } from "../../terminal/json_text.ts";
import { COMPLETION_SCRIPTS, SHELLS } from "./completion_scripts.ts";
import { nearest } from "../../../core/edit_distance.ts";

export interface CompletionDocument {
  readonly shell: string;
  readonly script: string;
}

export const COMPLETION_COMMAND: Command<typeof TEXT_RESULT_FLAGS> = {
  name: "completion",
  summary: "Print the completion script of a shell",
  operands: `<${SHELLS.join("|")}>`,
  operandChoices: SHELLS,
  examples: [
    ["bash, in ~/.bashrc (bash-completion is not needed)", 'eval "$(mcpass completion bash)"'],
    ["zsh, in ~/.zshrc after compinit", "source <(mcpass completion zsh)"],
    [
      "fish",
      "mkdir -p ~/.config/fish/completions\nmcpass completion fish > ~/.config/fish/completions/mcpass.fish",
    ],
    ["PowerShell, in $PROFILE", "mcpass completion powershell | Out-String | Invoke-Expression"],
  ],
  flags: TEXT_RESULT_FLAGS,
  notes: [
    "The script runs mcpass at each Tab to complete commands, options and their values, stored " +
    "sign-ins, accounts, the tools that were last listed with their arguments, and the members that " +
    "--field can name. It sends no request and shows no secret.",
  ],
  run({ operands, options }, { runtime }) {
    const [shell] = operands;
    const choices = `Use one of: ${SHELLS.join(", ")}`;
    if (shell === undefined || operands.length > 1) {
      throw usageFailure(
        shell === undefined ? "missing_argument" : "unexpected_argument",
        `mcpass completion requires one argument, the shell; ${operands.length} were given`,
        choices,
      );
    }
    const supported = SHELLS.find((name) => name === shell);
    if (supported === undefined) {
      const suggestion = nearest(shell, SHELLS);
      const remedy = suggestion === undefined ? choices : `Did you mean ${suggestion}?`;
      const message = `there is no completion for ${quoted(shell, 40)}`;
      throw usageFailure("invalid_value", message, remedy);
    }
    const script = COMPLETION_SCRIPTS[supported];
    const document: CompletionDocument = { shell, script };
    runtime.io.out(asksForDocument(options) ? documentText(document) : script);
    return Promise.resolve(0);
  },
  failureDocument: requestedErrorDocument,
};
