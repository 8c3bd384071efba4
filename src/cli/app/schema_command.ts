import { withCommand } from "../../core/command_text.ts";
import { usageFailure } from "../../core/failure.ts";
import { nearest } from "../../core/edit_distance.ts";
import { quoted } from "../../core/text.ts";
import { TEXT_RESULT_FLAGS } from "../args/common_flags.ts";
import type { SchemaListDocument } from "../schemas/info.ts";
import type { Command } from "../command/command.ts";
import { asksForDocument, requestedErrorDocument } from "../terminal/error_document.ts";
import { documentText, jsonText } from "../terminal/json_text.ts";
import { fields } from "../terminal/layout.ts";

export const SCHEMA_COMMAND: Command<typeof TEXT_RESULT_FLAGS> = {
  name: "schema",
  summary: "Print the JSON Schema of a command's output, or list the schemas",
  operands: "[command]",
  examples: [
    ["the commands and files that have a schema", "mcpass schema"],
    ["the document of a login", "mcpass schema oauth login"],
    ["the debug artifact", "mcpass schema debug-artifact"],
    [
      "the members of a document, with jq",
      "mcpass schema oauth status | jq '.anyOf[0].properties | keys'",
    ],
  ],
  flags: TEXT_RESULT_FLAGS,
  notes: [
    "The schemas are JSON Schema, draft 2020-12. They allow other members, because later versions " +
    "add members. mcpass help json explains what all documents have in common. A schema is printed " +
    "unchanged, also with --format json: it is the only result without ok.",
  ],
  async run({ operands, options }, { runtime: { io }, commands }) {
    const { jsonSchema, SCHEMAS } = await import("../schemas/json_schema.ts");
    const words = operands.join(" ");
    if (words === "") {
      const rows = [...SCHEMAS].map(([name, { description = "" }]) => [name, description] as const);
      if (asksForDocument(options)) {
        const schemas = rows.map(([name, description]) => ({ name, description }));
        io.out(documentText({ schemas } satisfies SchemaListDocument));
        return 0;
      }
      io.out(`${fields(rows, io.stdoutIsTerminal ? io.columns() : 80).join("\n")}\n`);
      return 0;
    }
    const entry = commands.find(({ name }) => name === words);
    const name = (await entry?.load())?.name ?? words;
    const schema = jsonSchema(name);
    if (schema === undefined) {
      const names = [...SCHEMAS.keys()];
      const similar = nearest(words, names) ?? names.find((it) => it.split(" ").at(-1) === words);
      throw usageFailure(
        "schema_missing",
        `there is no schema for ${quoted(words, 60)}`,
        similar === undefined
          ? withCommand("List the commands and files that have one", { line: "mcpass schema" })
          : withCommand(`Did you mean mcpass schema ${similar}?`, {
            line: `mcpass schema ${similar}`,
          }),
      );
    }
    io.out(jsonText(schema));
    return 0;
  },
  failureDocument: requestedErrorDocument,
};
