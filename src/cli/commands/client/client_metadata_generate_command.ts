import { commandText, withCommand } from "../../../core/command_text.ts";
import { quoted } from "../../../core/text.ts";
import { openOutputFile } from "../../../trace/output_file.ts";
import { clientDocument, FIXED_PORT } from "../../../oauth/client/client_document.ts";
import { readClientKey } from "./client_key.ts";
import { documentMembers, GENERATE_FLAGS } from "./client_metadata_flags.ts";
import type { Command } from "../../command/command.ts";
import { jsonText } from "../../terminal/json_text.ts";

export const GENERATE_COMMAND: Command<typeof GENERATE_FLAGS> = {
  name: "oauth client-metadata generate",
  summary: "Write a client ID metadata document for a native client",
  examples: [
    [
      "a public client, to be published at that URL",
      "mcpass oauth client-metadata generate \\\n" +
      "  --client-metadata-url https://app.example/client.json > client.json",
    ],
    [
      "a confidential client with a private key",
      "mcpass oauth client-metadata generate --private-key-file key.pem \\\n" +
      "  --client-metadata-url https://app.example/client.json -o client.json",
    ],
  ],
  flags: GENERATE_FLAGS,
  requiredOptions: [{
    option: "clientMetadataUrl",
    missing: ({ clientMetadataUrl }) => clientMetadataUrl === undefined,
    message: "URL at which the document will be published",
    reason: "the URL at which the document will be published; it is the client ID",
    example: "https://app.example/oauth/client.json",
  }],
  notes: [
    "Standard output is the document, with any --format. It has redirect URIs for 127.0.0.1 and " +
    "localhost: without a port, because the port may differ (RFC 8252 §7.3), and with a fixed port, " +
    "for servers that compare ports. To sign in at such a server, use the URI with the port as " +
    "--redirect-url.",
    "Some servers refuse a document in which a redirect URI has no port. For these, use " +
    "--redirect-url http://127.0.0.1:<port>/callback here and for the login.",
  ],
  async run({ options }, { runtime }) {
    const { io } = runtime;
    const { clientMetadataUrl: url = "", port } = options;
    const document = await clientDocument({
      url,
      ...documentMembers(options),
      port,
      privateKey: await readClientKey(options, runtime),
    });
    if (options.out === undefined) io.out(jsonText(document));
    else {
      const file = await openOutputFile(options.out);
      await file.write(jsonText(document));
      if (!options.quiet) io.err(`Wrote ${quoted(file.path)}\n`);
    }
    if (!options.quiet && io.stderrIsTerminal) {
      const { privateKeyFile } = options;
      const line = commandText("oauth client-metadata check", { privateKeyFile }, [url]);
      const intro = `Publish it at ${url} (200, application/json, no redirect), then check it`;
      io.err(`${withCommand(intro, { line })}\n`);
      if (options.redirectUrl.length === 0) {
        const redirectUrl = `http://127.0.0.1:${port ?? FIXED_PORT}/callback`;
        const strict = commandText("oauth client-metadata generate", {
          clientMetadataUrl: url,
          privateKeyFile,
          redirectUrl,
        });
        const why = "If a server refuses redirect URIs without a port, generate the document " +
          `with one, and sign in with --redirect-url ${redirectUrl}`;
        io.err(`${withCommand(why, { line: strict })}\n`);
      }
    }
    return 0;
  },
};
