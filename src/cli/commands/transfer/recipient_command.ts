import { Failure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { TEXT_RESULT_FLAGS } from "../../args/common_flags.ts";
import type { Command } from "../../command/command.ts";
import { documentText } from "../../terminal/json_text.ts";

export interface RecipientDocument {
  readonly completed: boolean;
  readonly recipient: string;
  readonly identityFile: string;
}

/** The identity and its recipient, as `age-keygen` writes them. */
async function newIdentity(now: number): Promise<string> {
  const { newKeyPair } = await import("../../../flow/transfer/age_file.ts");
  const { identity, recipient } = await newKeyPair();
  return `# created: ${new Date(now).toISOString()}\n# public key: ${recipient}\n${identity}\n`;
}

export const RECIPIENT_COMMAND: Command<typeof TEXT_RESULT_FLAGS> = {
  name: "oauth recipient",
  summary: "Print the age recipient (public key) of this machine, to export a sign-in for it",
  examples: [
    ["on the machine that gets the sign-in", "mcpass oauth recipient"],
    [
      "on the machine that has it",
      "mcpass oauth export linear --to age1... --out linear.age",
    ],
  ],
  flags: TEXT_RESULT_FLAGS,
  notes: [
    "The first call creates a key pair. Its identity (private key) is age-identity.txt in the folder of " +
    "mcpass, readable only by you; mcpass oauth import uses it. A recipient is not secret.",
  ],
  async run({ options }, { runtime }) {
    const { io, env, clock } = runtime;
    const { ensureIdentityFile } = await import("../../../store/file/transfer_files.ts");
    const file = await ensureIdentityFile({ env }, () => newIdentity(clock.now()));
    const { recipientOf } = await import("../../../flow/transfer/age_file.ts");
    const identity = file.text.split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-")) ?? "";
    let recipient: string;
    try {
      recipient = await recipientOf(identity.trim());
    } catch {
      const message = `${quoted(file.path, 4096)} contains no age identity`;
      const remedy = "Remove the file; the command then creates a new one";
      throw new Failure("transfer_not_opened", message, { remedy });
    }
    const document: RecipientDocument = { completed: true, recipient, identityFile: file.path };
    io.out(options.format === "json" ? documentText(document) : `${recipient}\n`);
    return 0;
  },
};
