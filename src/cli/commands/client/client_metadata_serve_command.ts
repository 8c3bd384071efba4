/** `mcpass oauth client-metadata serve`. @module */

import { EXIT_STATUS, usageFailure } from "../../../core/failure.ts";
import { isObject, parseJson } from "../../../core/json.ts";
import { printable, quoted, shellWord } from "../../../core/text.ts";
import { parsePlainUrl } from "../../../core/url.ts";
import { clientDocument, FIXED_PORT } from "../../../oauth/client/client_document.ts";
import { documentMembers, SERVE_FLAGS, type ServeOptions } from "./client_metadata_flags.ts";
import { keyFrom } from "./client_key.ts";
import type { Command } from "../../command/command.ts";
import { readInput } from "../../shared/input_files.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { serveDocument } from "./serve_document.ts";
import type { Runtime } from "../../command/runtime.ts";

/** The path of a document that has no URL of its own. */
const PATH = "/client.json";

async function fileOf(
  path: string,
  runtime: Runtime,
): Promise<{ readonly text: string; readonly clientId: string }> {
  const text = await readInput("oauth client-metadata serve", path, runtime.io);
  const parsed = parseJson(text);
  const clientId = isObject(parsed) ? parsed["client_id"] : undefined;
  if (typeof clientId === "string" && parsePlainUrl(clientId)) return { text, clientId };
  throw usageFailure(
    "json_invalid",
    `${quoted(path)} holds no document with a URL as "client_id"`,
    `mcpass oauth client-metadata check ${shellWord(path)} says what is wrong with it`,
  );
}

async function serve(
  path: string | undefined,
  options: ServeOptions,
  runtime: Runtime,
  json: boolean,
): Promise<number> {
  const { io, signal } = runtime;
  const [privateKey, file] = [
    await keyFrom(options, runtime),
    path === undefined ? undefined : await fileOf(path, runtime),
  ];
  const configuredUrl = file?.clientId ?? options.clientMetadataUrl;
  const target = configuredUrl === undefined ? PATH : new URL(configuredUrl).pathname;
  const makeDocument = async (port: number) => ({
    ...await clientDocument({
      url: configuredUrl ?? `http://127.0.0.1:${port}${PATH}`,
      ...documentMembers(options),
      port: FIXED_PORT,
      privateKey,
    }),
  });
  await using served = await serveDocument({
    port: options.port ?? 0,
    path: target,
    host: configuredUrl === undefined ? undefined : new URL(configuredUrl).host,
    body: async (port) => file?.text ?? jsonText(await makeDocument(port)),
    answered(request, status) {
      if (options.quiet) return;
      const time = new Date(runtime.clock.now()).toISOString();
      io.err(`${time} ${printable(request, 200)} ${status}\n`);
    },
  });
  const url = `http://127.0.0.1:${served.port}${target}`;
  const clientId = configuredUrl ?? url;
  io.out(json ? jsonText({ url, clientId }) : `${url}\n`);
  if (!options.quiet) {
    const reach = clientId === url
      ? "Only an authorization server on this machine can read it, and only one for tests takes " +
        "a client identifier that is not https: --client-metadata-url names a tunnel's URL."
      : `The client identifier is ${clientId}: let that URL lead here.`;
    io.err(
      `${reach}\nSign in with it:\n  mcpass oauth login --registration cimd ` +
        `--client-metadata-url ${shellWord(clientId)} --url <url>\nCtrl-C ends it.\n`,
    );
  }
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  return EXIT_STATUS.cancelled;
}

/** Serves a Client ID Metadata Document for a test. */
export const SERVE_COMMAND: Command<typeof SERVE_FLAGS> = {
  name: "oauth client-metadata serve",
  summary: "Serve a Client ID Metadata Document on this machine, for a test",
  operands: "[file]",
  operandChoices: "files",
  examples: [
    ["for an authorization server on this machine", "mcpass oauth client-metadata serve"],
    [
      "behind a tunnel that leads to port 8765",
      "mcpass oauth client-metadata serve --port 8765 \\\n" +
      "  --client-metadata-url https://name.tunnel.example/client.json",
    ],
    ["a document of your own", "mcpass oauth client-metadata serve client.json"],
  ],
  flags: SERVE_FLAGS,
  notes: [
    "mcpass listens on loopback only, prints the URL, and writes each request to stderr. The " +
    "authorization server must be able to reach the client identifier. Except for tests, " +
    "authorization servers require https. Ctrl-C ends the command with exit status 130.",
  ],
  async run({ options, operands: [path, ...more], sources }, { runtime, format }) {
    if (more.length > 0) {
      throw usageFailure(
        "unexpected_argument",
        `mcpass oauth client-metadata serve takes one file, and ${more.length + 1} came`,
        "Name one file, or none",
      );
    }
    const elsewhere = ["port", "format", "quiet", "verbose", "noInput", "noColor"];
    const made = [...sources.keys()].find((name) => !elsewhere.includes(name));
    if (path !== undefined && made !== undefined && sources.get(made) === "flag") {
      throw usageFailure(
        "impossible_combination",
        `${SERVE_FLAGS[made].flags.split(" ")[0]} changes a document that is made, and a file ` +
          "was named to be served as it is",
        "Leave one of them out",
      );
    }
    return await serve(path, options, runtime, format === "json");
  },
};
