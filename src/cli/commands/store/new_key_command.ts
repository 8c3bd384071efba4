import { TEXT_RESULT_FLAGS } from "../../args/common_flags.ts";
import type { Command } from "../../command/command.ts";
import { documentText } from "../../terminal/json_text.ts";

export interface NewKeyDocument {
  /** Shows which key sealed a sign-in. */
  readonly id: string;
  /** 64 hexadecimal digits: a secret. */
  readonly key: string;
}

export const NEW_KEY_COMMAND: Command<typeof TEXT_RESULT_FLAGS> = {
  name: "store new-key",
  summary: "Print a new sealing key for --store postgres",
  examples: [
    ["the key file of a new store", "(umask 077; mcpass store new-key > mcpass.key)"],
    [
      "add a key: the first line seals, every line opens",
      "mcpass store new-key >> mcpass.key",
    ],
  ],
  flags: TEXT_RESULT_FLAGS,
  notes: [
    "Give the same file to every machine. Anyone who has it and can read the database can use the " +
    "tokens; without it, nobody can.",
  ],
  async run({ options: { format } }, { runtime }) {
    const { load, io } = runtime;
    const { newKey } = await load(() => import("../../../store/seal.ts"));
    const { sealingKey } = await load(() => import("../../../store/postgres/key_ring.ts"));
    const { id, key } = sealingKey(newKey());
    const document: NewKeyDocument = { id, key };
    io.out(format === "json" ? documentText(document) : `# key ${id}\n${key}\n`, true);
    return 0;
  },
};
