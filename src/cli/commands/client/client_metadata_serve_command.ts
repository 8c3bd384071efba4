import { requestTarget, serveLoopback } from "../../../consent/loopback_server.ts";
import { EXIT_STATUS, Failure, usageFailure } from "../../../core/failure.ts";
import { isObject, parseJson } from "../../../core/json.ts";
import { commandText, withCommand } from "../../../core/command_text.ts";
import { printable, quoted } from "../../../core/text.ts";
import { parsePlainUrl } from "../../../core/url.ts";
import { clientDocument, FIXED_PORT } from "../../../oauth/client/client_document.ts";
import { singleOperand } from "../../args/parse_command.ts";
import type { Command } from "../../command/command.ts";
import { longName } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import { readInput } from "../../shared/input_files.ts";
import { documentText, jsonText } from "../../terminal/json_text.ts";
import { readClientKey } from "./client_key.ts";
import { documentMembers, SERVE_FLAGS, type ServeOptions } from "./client_metadata_flags.ts";

export interface ServeDocument {
  readonly url: string;
  readonly clientId: string;
}

const PATH = "/client.json";

const ERRORS: Readonly<Record<number, string>> = {
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
};

function respond(
  request: Request,
  documentPath: string,
  hosts: readonly string[],
  text: string,
): readonly [response: Response, report: string] {
  const { host, path, query } = requestTarget(request) ?? { host: "", path: "?", query: "" };
  let status = 200;
  if (!hosts.includes(host)) status = 421;
  else if (path !== documentPath) status = 404;
  else if (request.method !== "GET" && request.method !== "HEAD") status = 405;
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    connection: "close",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  };
  const body = status === 200 ? text : `{"error":"${ERRORS[status]}"}\n`;
  const requestText = printable(`${request.method} ${path}${query && `?${query}`}`, 200);
  return [new Response(body, { status, headers }), `${requestText} ${status}`];
}

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
    `the document in ${quoted(path)} has no URL as "client_id"`,
    withCommand("See what is wrong with it", {
      line: commandText("oauth client-metadata check", {}, [path]),
    }),
  );
}

async function serve(
  path: string | undefined,
  options: ServeOptions,
  runtime: Runtime,
  json: boolean,
): Promise<void> {
  const { io, signal, clock } = runtime;
  const privateKey = await readClientKey(options, runtime);
  const file = path === undefined ? undefined : await fileOf(path, runtime);
  const configuredUrl = file?.clientId ?? options.clientMetadataUrl;
  const publicUrl = configuredUrl === undefined ? undefined : new URL(configuredUrl);
  const target = publicUrl?.pathname ?? PATH;
  const bound = Promise.withResolvers<number>();
  // With DNS rebinding, a web page could reach this server under another host name. A tunnel or proxy
  // forwards the host of the public URL.
  const hosts = bound.promise.then((port) => [
    ...["127.0.0.1", "[::1]", "localhost"].map((name) => `${name}:${port}`),
    ...publicUrl === undefined ? [] : [publicUrl.host],
  ]);
  const document = bound.promise.then(async (port) =>
    file?.text ?? jsonText(
      await clientDocument({
        url: configuredUrl ?? `http://127.0.0.1:${port}${PATH}`,
        ...documentMembers(options),
        port: FIXED_PORT,
        privateKey,
      }),
    )
  );
  const server = await serveLoopback({
    port: options.port ?? 0,
    requiresIpv6: false,
    async handler(request) {
      const [response, report] = respond(request, target, await hosts, await document);
      if (!options.quiet) io.err(`${new Date(clock.now()).toISOString()} ${report}\n`);
      return response;
    },
    failure: (hostname, cause) =>
      new Failure(
        "port_unavailable",
        `cannot listen on port ${options.port ?? 0} of ${hostname}`,
        {
          remedy: "Stop the program that uses the port, choose another --port, or omit --port",
          cause,
        },
      ),
  });
  await using _closing = { [Symbol.asyncDispose]: () => server.close() };
  bound.resolve(server.port);
  await document;
  const url = `http://127.0.0.1:${server.port}${target}`;
  const clientId = configuredUrl ?? url;
  io.out(json ? documentText({ url, clientId } satisfies ServeDocument) : `${url}\n`);
  if (!options.quiet) {
    const reach = clientId === url
      ? "Only an authorization server on this machine can read the document, and only a test server " +
        "accepts a client ID that is not https. For other servers, open a tunnel to this port and " +
        "give its URL with --client-metadata-url."
      : `The client ID is ${clientId}. Make this URL lead to ${url}.`;
    const line = commandText("login", { url: "<url>", clientMetadataUrl: clientId });
    io.err(`${reach}\n${withCommand("Sign in with it", { line })}\nPress Ctrl-C to stop.\n`);
  }
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

export const SERVE_COMMAND: Command<typeof SERVE_FLAGS> = {
  name: "oauth client-metadata serve",
  summary: "Serve a client ID metadata document on this machine, for tests",
  operands: "[file]",
  operandChoices: "files",
  examples: [
    ["for an authorization server on this machine", "mcpass oauth client-metadata serve"],
    [
      "behind a tunnel that leads to port 8765",
      "mcpass oauth client-metadata serve --port 8765 \\\n" +
      "  --client-metadata-url https://name.tunnel.example/client.json",
    ],
    ["your own document", "mcpass oauth client-metadata serve client.json"],
  ],
  flags: SERVE_FLAGS,
  notes: [
    "mcpass listens on loopback only, prints the URL, and writes each request to stderr. The " +
    "authorization server must be able to reach the client ID. Except for tests, authorization " +
    "servers require https. Ctrl-C ends the command with exit status 130.",
  ],
  async run(invocation, { runtime, format }) {
    const { options, sources } = invocation;
    const command = "oauth client-metadata serve";
    const path = singleOperand(invocation, command, "file", "Give one file, or none");
    const independent = ["port", "format", "quiet", "verbose", "noInput", "noColor"];
    const documentFlag = [...sources.keys()].find((name) => !independent.includes(name));
    if (path !== undefined && documentFlag !== undefined && sources.get(documentFlag) === "flag") {
      throw usageFailure(
        "impossible_combination",
        `${
          longName(SERVE_FLAGS[documentFlag])
        } is for a generated document, but a file is given, ` +
          "which is served unchanged",
        "Omit one of them",
      );
    }
    await serve(path, options, runtime, format === "json");
    return EXIT_STATUS.cancelled;
  },
};
