/** Help that belongs to no command: `mcpass help environment` and others. @module */

import { EXIT_STATUS, type FailureKind } from "../../core/failure.ts";
import { type Field, fields, wrap } from "../terminal/layout.ts";

interface Topic {
  readonly summary: string;
  readonly parts: readonly (string | readonly Field[])[];
}

const STATUS_MEANINGS: Readonly<Record<FailureKind, string>> = {
  operation: "the operation, or a verification that was asked for, failed",
  usage: "the command line is wrong, or flags are missing and nobody can be asked",
  sign_in_needed: "a person has to sign in: the error names the command",
  cancelled: "Ctrl-C, or a question that was cancelled",
};

const SUBJECTS: Readonly<Record<string, Topic>> = {
  environment: {
    summary: "the variables that are read",
    parts: [
      "Every flag with a value that relaxes no check is also read from MCPASS_<FLAG>: --step-timeout " +
      "from MCPASS_STEP_TIMEOUT. What is typed wins over a variable, a variable over the default. A " +
      "flag that relaxes a check (--trust-issuer, --trust-pkce, --resource) must be typed. So must a " +
      "--protocol-version whose revision has fewer checks than the latest one.",
      [
        ["MCPASS_URL", "the MCP server, if --url is absent"],
        ["MCPASS_ACCESS_TOKEN", "a token for commands that use one"],
        ["MCPASS_CLIENT_SECRET", "the client secret; a file is safer: --client-secret-file"],
        ["MCPASS_HOME", "an absolute folder for everything that mcpass stores"],
        ["MCPASS_STORE", "auto, keyring, file or none"],
        ["MCPASS_FORMAT", "human or json; by default human on a terminal, json in a pipe"],
        ["MCPASS_HIDE_SECRETS", "1 or true: oauth login prints no secret (as --hide-secrets)"],
        ["MCPASS_HOSTED", "set inside a service: requests stay out of private networks"],
      ],
      "Others that are read:",
      [
        ["HTTPS_PROXY", "the proxy; --proxy wins; never used for loopback"],
        ["HTTP_PROXY, ALL_PROXY", "the same for http, and for both"],
        ["NO_PROXY", "hosts without a proxy; * for all"],
        ["BROWSER", "the program that opens the sign-in page; --browser wins"],
        ["PATH", "where browsers and keyring programs are searched; absolute folders only"],
        ["XDG_DATA_HOME, HOME, APPDATA", "where credentials are stored if MCPASS_HOME is not set"],
        [
          "CLAUDE_CONFIG_DIR, MCP_REMOTE_CONFIG_DIR",
          "folders of other clients, for config import",
        ],
        ["XDG_CONFIG_HOME, LOCALAPPDATA, USERPROFILE", "where config import finds other clients"],
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
        ["NO_COLOR, FORCE_COLOR", "no colours; colours also where there is no terminal"],
        ["TERM", "dumb: no colours, no animation; linux: simple characters"],
        ["WT_SESSION, TERM_PROGRAM", "on Windows, a terminal that can show every character"],
      ],
      "Variables of the runtime:",
      [
        [
          "SSL_CERT_FILE, SSL_CERT_DIR",
          "where the certificate authorities of the system are (Linux)",
        ],
        ["SSLKEYLOGFILE", "a file for the keys of all TLS connections; mcpass warns"],
        ["DENO_LOG, RUST_LOG", "messages of the runtime on standard error"],
        ["DENO_V8_FLAGS", "settings of the JavaScript engine"],
        ["DENO_CERT, DENO_TLS_CA_STORE", "ignored: use --ca-file and --ca-store"],
        ["NODE_EXTRA_CA_CERTS", "ignored: use --ca-file"],
        ["NODE_TLS_REJECT_UNAUTHORIZED", "ignored: certificates are always verified"],
        ["DENO_SERVE_ADDRESS", "ignored: mcpass listens on loopback only"],
      ],
      "Programs that mcpass starts (a browser, the keyring's helper) get none of the MCPASS_ variables.",
    ],
  },
  events: {
    summary: "the JSON lines of --progress json on standard error",
    parts: [
      "Each line is an object with the member event. A program that starts a login reads " +
      "authorization_url and opens its url; the result is on standard output as always. More events " +
      "and members may be added.",
      [
        ["step_started", "step: a step of the command starts"],
        ["step_ended", "step, status (done or failed), detail"],
        ["authorization_url", "url, until: a person must open the URL before that time"],
        ["device_code", "userCode, verificationUri, verificationUriComplete or null, until"],
        ["waiting", "until: mcpass waits for the person"],
        ["finding", "code, severity, message, remedy and the other members of a finding"],
        ["note", "message: what else a person would read"],
        ["exchange", "with --verbose: message, a line about one request"],
        ["error", "code, message, remedy: why the command failed"],
      ],
      "mcpass login --url <url> --print-url --progress json --format json waits for the browser and " +
      "ends with the document of the login.",
    ],
  },
  json: {
    summary: "the JSON documents: what all have in common, schemas, one member",
    parts: [
      "With --format json, and whenever standard output is not a terminal, a command writes one JSON " +
      "document to standard output.",
      [
        ["ok", "true exactly when the exit status is 0"],
        ["error", "only if ok is false: code, message and usually remedy"],
        ["error.code", "stable: mcpass explain <code>"],
      ],
      "The other members are those of the command: mcpass schema <command> prints their JSON Schema, " +
      "mcpass schema lists the commands. After a failure they are there as far as they are known. If " +
      "there was no result at all, the document has only ok, completed and error. Times are ISO 8601 in " +
      "UTC. A member whose name ends with Ms is in milliseconds. null means unknown or none.",
      "--field <path> prints one member instead of the document: text without quotes, anything else as " +
      "JSON. It implies --format json.",
      [
        ["--field credentials.accessToken", "a member of a member"],
        ["--field tools[0].name", "an item; tools.0.name is the same, tools[-1] is the last one"],
        ["--field tools[].name", "of all items, one on each line"],
        ['--field headers["content-type"]', "a name with other characters"],
      ],
      "If the path does not exist, the error lists the members, and the exit status is 2; a wrong path is " +
      "found before anything is sent. If the member is null, the exit status is 1. If the command fails, " +
      "standard output has the member if there is one, else nothing, and the exit status is that of the " +
      "command.",
      "Examples with jq:",
      [
        ["mcpass tools list <url> | jq -r '.tools[].name'", ""],
        [`mcpass server doctor <url> | jq '.checks[] | select(.status == "error")'`, ""],
        ["mcpass oauth status | jq '.entries[] | {serverUrl, due, expiresAt}'", ""],
      ],
      "Commands that write something else: oauth token writes the token (--as json: a document); oauth " +
      "client-metadata generate writes the document to publish, without ok; oauth report writes what its " +
      "--format says. With --watch each line is a document. --progress json writes events, not documents, " +
      "to standard error: mcpass help events.",
      "Within a major version documents get more members, but no member is removed or renamed, and no " +
      "type or code changes: see CHANGELOG.md.",
    ],
  },
  "exit-codes": {
    summary: "what each exit status means",
    parts: [
      [
        ["0", "done"],
        ...Object.entries(EXIT_STATUS).map(([kind, status]): Field => [
          String(status),
          STATUS_MEANINGS[kind as FailureKind],
        ]),
      ],
      "With --format json standard output has one document whatever the status is, and its member ok is " +
      "true exactly for 0: mcpass help json. oauth token writes the token or nothing.",
      "error.code in the document and standard error say why a command failed; mcpass " +
      "explain <code> says more.",
    ],
  },
};

export const HELP_TOPICS: Readonly<Record<string, Topic>> = {
  ...SUBJECTS,
  topics: {
    summary: "topics that have help, in addition to the commands",
    parts: [
      Object.entries(SUBJECTS).map(([name, { summary }]): Field => [name, summary]),
      "mcpass explain --list names every code of a finding or an error.",
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
