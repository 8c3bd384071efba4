/** Help that belongs to no command: `mcpass help environment` and others. @module */

import { EXIT_STATUS, type FailureKind } from "../../core/failure.ts";
import { type Field, fields, wrap } from "../terminal/layout.ts";

interface Topic {
  readonly summary: string;
  readonly parts: readonly (string | readonly Field[])[];
}

const STATUS_MEANINGS: Readonly<Record<FailureKind, string>> = {
  operation: "the operation or a requested verification failed",
  usage: "usage error, or something is missing and mcpass cannot prompt",
  incomplete: "an audit could not decide an important check",
  sign_in_needed: "a person has to sign in; the error shows the command",
  cancelled: "Ctrl-C, or a cancelled prompt",
};

const SUBJECTS: Readonly<Record<string, Topic>> = {
  environment: {
    summary: "environment variables",
    parts: [
      "Every option with a value can be set by MCPASS_<OPTION>, such as MCPASS_STEP_TIMEOUT for " +
      "--step-timeout. The command line overrides variables. Options that relax a check " +
      "(--trust-issuer, --trust-pkce, --resource) work on the command line only, and so does a " +
      "--protocol-version with fewer checks than the latest one.",
      [
        ["MCPASS_URL", "the server, if the command line has none"],
        ["MCPASS_ACCESS_TOKEN", "the access token to use"],
        ["MCPASS_CLIENT_SECRET", "client secret; a file is safer: --client-secret-file"],
        ["MCPASS_HOME", "folder for everything that mcpass stores (absolute path)"],
        ["MCPASS_STORE", "where to store credentials: auto, keyring, file, postgres or none"],
        ["MCPASS_STORE_URL", "database URL for --store postgres"],
        ["MCPASS_STORE_URL_FILE", "file with that URL"],
        ["MCPASS_STORE_KEY_FILE", "file with the keys that seal secrets in that database"],
        ["MCPASS_FORMAT", "output format: human or json (default: human on a terminal, else json)"],
        ["MCPASS_HIDE_SECRETS", "1: mcpass login prints no secrets (as --hide-secrets)"],
        ["MCPASS_HOSTED", "1: hosted service; no requests to private networks"],
      ],
      "mcpass also reads:",
      [
        ["HTTPS_PROXY", "proxy for https URLs; --proxy overrides it; never used for loopback"],
        ["HTTP_PROXY, ALL_PROXY", "proxy for http URLs; proxy for both"],
        ["NO_PROXY", "hosts to reach without a proxy; * for all"],
        ["BROWSER", "program that opens the sign-in page; --browser overrides it"],
        [
          "PATH",
          "where mcpass finds browsers, keyring programs and clients; absolute folders only",
        ],
        ["XDG_DATA_HOME, HOME, APPDATA", "where credentials are stored if MCPASS_HOME is not set"],
        [
          "CLAUDE_CONFIG_DIR, CODEX_HOME, COPILOT_HOME, MCP_REMOTE_CONFIG_DIR",
          "folders of other clients, for config",
        ],
        ["CLAUDE_CODE_MCP_SERVER_URL", "the server of mcpass credential headers"],
        ["KUBERNETES_EXEC_INFO", "the request of kubectl to mcpass credential kubernetes"],
        ["XDG_CONFIG_HOME, LOCALAPPDATA, USERPROFILE", "where config finds other clients"],
        ["DISPLAY, WAYLAND_DISPLAY", "whether a browser or a keyring dialog can open"],
        [
          "SSH_CONNECTION, SSH_TTY",
          "an SSH session: mcpass opens no browser and suggests a tunnel",
        ],
        ["USER, LOGNAME, HOSTNAME", "names in the suggested tunnel command"],
        ["KUBERNETES_SERVICE_HOST, container", "a container: mcpass opens no browser"],
        [
          "WSL_DISTRO_NAME, WSL_INTEROP",
          "Windows Subsystem for Linux: mcpass opens the browser of Windows",
        ],
        ["NO_COLOR, FORCE_COLOR", "no colours; colours even without a terminal"],
        ["GITHUB_ACTIONS", "true: no text of a server is executed as a workflow command"],
        ["TERM", "dumb: no colours, no animation; linux: simple characters"],
        ["WT_SESSION, TERM_PROGRAM", "on Windows, a terminal that can show every character"],
      ],
      "Variables of the runtime:",
      [
        [
          "SSL_CERT_FILE, SSL_CERT_DIR",
          "certificate authorities of the system (Linux)",
        ],
        ["SSLKEYLOGFILE", "file for the keys of all TLS connections; mcpass warns"],
        ["DENO_LOG, RUST_LOG", "messages of the runtime on standard error"],
        ["DENO_V8_FLAGS", "settings of the JavaScript engine"],
        ["DENO_CERT, DENO_TLS_CA_STORE", "ignored: use --ca-file and --ca-store"],
        ["NODE_EXTRA_CA_CERTS", "ignored: use --ca-file"],
        ["NODE_TLS_REJECT_UNAUTHORIZED", "ignored: certificates are always verified"],
        ["DENO_SERVE_ADDRESS", "ignored: mcpass listens on loopback only"],
      ],
      "mcpass does not pass the MCPASS_ variables to programs that it starts.",
    ],
  },
  events: {
    summary: "the JSON lines of --progress json",
    parts: [
      "With --progress json, mcpass writes one JSON object per line to standard error. Its member " +
      "event is one of these. Ignore events and members that you do not know.",
      [
        ["step_started", "step: a step of the command starts"],
        ["step_ended", "step, status (done or failed), detail: a step has ended"],
        ["check_ended", "id, verdict, message: a check of oauth conformance has ended"],
        ["authorization_url", "url, until: open this URL before that time"],
        ["device_code", "userCode, verificationUri, verificationUriComplete, until"],
        ["waiting", "until: mcpass waits for you to sign in"],
        ["finding", "code, severity, message, remedy, reference and others"],
        ["note", "message: other text for a person"],
        ["exchange", "message: one request and its response, with --verbose"],
        ["token_written", "path, expiresAt: oauth token --watch wrote a token to the file"],
        ["token_removed", "path: the token has expired, and oauth token --watch removed the file"],
        ["error", "code, message, remedy: the command failed, or tries again with --watch"],
      ],
      "A program that signs a person in runs mcpass login <server> --print-url --progress json " +
      "--format json, opens the URL of authorization_url, and reads the result from standard output.",
    ],
  },
  json: {
    summary: "JSON output: common members, schemas, and --field",
    parts: [
      "With --format json, and whenever standard output is not a terminal, a command writes one JSON " +
      "document to standard output.",
      [
        ["ok", "true exactly when the exit status is 0"],
        ["error", "only if ok is false: code, message and usually remedy"],
        ["error.code", "stable: mcpass explain <code>"],
      ],
      "The other members are those of the command: mcpass schema <command> prints their JSON Schema, " +
      "mcpass schema lists the commands. After a failure, the document has the members that are known; " +
      "without any result, it has only ok, completed and error. Times are ISO 8601 in UTC. A member " +
      "whose name ends with Ms is in milliseconds. null means unknown or none.",
      "--field <path> prints one member instead of the document: text without quotes, anything else as " +
      "JSON. It implies --format json.",
      [
        ["--field credentials.accessToken", "a nested member"],
        ["--field tools[0].name", "an item; tools.0.name is the same, tools[-1] is the last one"],
        ["--field tools[].name", "the name of each item, one per line"],
        ['--field headers["content-type"]', "a name with special characters"],
      ],
      "A path that does not exist is a usage error (exit status 2), reported before anything is sent; the " +
      "error lists the members. If the member is null, the exit status is 1. If the command fails, mcpass " +
      "prints the member if there is one, else nothing; the exit status is that of the failure.",
      "Examples with jq:",
      [
        ["mcpass tools list <url> | jq -r '.tools[].name'", ""],
        [`mcpass server doctor <url> | jq '.checks[] | select(.status == "error")'`, ""],
        ["mcpass oauth status | jq '.entries[] | {serverUrl, due, expiresAt}'", ""],
      ],
      "Commands that write something else: oauth token writes the token (--format json: a document); " +
      "bridge writes messages of MCP; credential writes the response of its protocol; oauth " +
      "client-metadata generate writes the document to publish, without ok; oauth report writes the " +
      "format of its --format; help, completion and schema write text, and a document only with " +
      "--format json or --field; mcpass schema <command> writes the schema itself, without ok. With " +
      "--watch, each line is a document. --progress json writes events to standard error: mcpass help " +
      "events.",
      "Within a major version, members are added to documents, but no member is removed or renamed, and " +
      "no type or code changes: see CHANGELOG.md.",
    ],
  },
  audit: {
    summary: "audits of servers: verdicts, consent and reports",
    parts: [
      "mcpass oauth conformance <server> audits the OAuth of an MCP server and of its authorization " +
      "server. It sends valid requests of a client, and wrong ones that have to be refused. Its clients " +
      "and tokens are removed at the end. Run it against a test system.",
      [
        ["--plan", "show what the audit may do; send nothing"],
        ["--safe", "register no client, ask for no consent"],
        ["--only, --skip, --group", "choose checks: --only 'rs_*'"],
        ["--revision <version>", "use the rules of an older MCP revision"],
      ],
      "Each check has a verdict; mcpass explain <check> explains it:",
      [
        ["failed", "a client cannot sign in, or an attack is possible: the exit status is 1"],
        ["warning", "another deviation: the exit status is 1 only with --fail-on warning"],
        ["inconclusive", "the responses do not decide it, such as HTTP 429 or a sign-in page"],
        ["skipped", "something that it needs is missing; the text has the option that helps"],
        ["passed", "as the specification requires"],
      ],
      "Who consents, up to --consents times:",
      [
        ["a person", "in one browser tab, if the authorization server shows a page"],
        ["--print-url", "a person or a program that reads the URLs"],
        ["--consent-command <cmd>", "a program that drives a browser"],
        ["--auth-mode device", "a person on another device, with a code"],
        ["--auth-mode client_credentials", "nobody: your own client gets the token"],
        ["MCPASS_ACCESS_TOKEN", "nobody: your token is used"],
      ],
      "Reports, to files (--report <format>=<path>) or to standard output (--format <format>):",
      [
        ["json", "everything; mcpass schema oauth conformance describes it"],
        ["html, md", "for people: a page, a comment of a pull request"],
        ["junit, sarif, github", "for CI: test results, code scanning, annotations"],
        ["badge", "an endpoint badge of shields.io"],
      ],
      "mcpass oauth conformance-suite audits the servers of a file (mcpass schema suite-file), and " +
      "mcpass server diff compares two results. The guide: docs/audit.md.",
    ],
  },
  "exit-codes": {
    summary: "exit statuses",
    parts: [
      [
        ["0", "done"],
        ...Object.entries(EXIT_STATUS).map(([kind, status]): Field => [
          String(status),
          STATUS_MEANINGS[kind as FailureKind],
        ]),
      ],
      "With --format json, mcpass prints one JSON document, also when it fails; its member ok is true " +
      "for exit status 0 only (mcpass help json). mcpass token prints the token or nothing.",
      "For a failure, error.code is the reason. mcpass explain <code> explains it.",
    ],
  },
};

export const HELP_TOPICS: Readonly<Record<string, Topic>> = {
  ...SUBJECTS,
  topics: {
    summary: "help topics",
    parts: [
      Object.entries(SUBJECTS).map(([name, { summary }]): Field => [name, summary]),
      "mcpass explain --list shows the codes of all errors and findings.",
    ],
  },
};

export function topicHelp(name: string, { summary, parts }: Topic, width: number): string {
  return [
    `${name}: ${summary}`,
    ...parts.flatMap((part) => [
      "",
      ...typeof part === "string"
        ? wrap(part, width)
        : fields(part.map(([name, meaning]) => [`  ${name}`, meaning]), width),
    ]),
    "",
  ].join("\n");
}
