import { withCommand } from "../../../core/command_text.ts";
import { commandText } from "../../../core/command_text.ts";
import { EXIT_STATUS, Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import {
  findImports,
  type FoundImports,
  type FoundServer,
} from "../../../flow/import/find_imports.ts";
import { importSignIn } from "../../../flow/import/import_sign_in.ts";
import { CONFIGURABLE } from "../../../flow/mcp_clients/client_table.ts";
import { finishMove } from "../../../flow/import/move_tokens.ts";
import type { ForeignSignIn } from "../../../flow/import/mcp_remote_folder.ts";
import { maskUrl } from "../../../flow/mcp_clients/url_credentials.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import { accountFlag, DEFAULT_ACCOUNT } from "../../../store/stored_entry.ts";
import type { Store } from "../../../store/store.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { secureUrl } from "../../args/url_value.ts";
import type { Command, Context, Invocation } from "../../command/command.ts";
import { flagGroup, toggle, value } from "../../command/flag.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { LOGIN_STORE_FLAGS, openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import { errorMember } from "../../terminal/error_document.ts";
import type { NextCommand } from "../../terminal/finding_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import {
  type Candidate,
  candidatesOf,
  type ConfigImportDocument,
  describeFinished,
  describeReported,
  type ImportedDocument,
  type ServerDocument,
  serverDocuments,
} from "./import_document.ts";
import { isEntryName } from "./config_flags.ts";
import { expiryText, importText, moveNotes } from "./import_text.ts";

const IMPORT_FLAGS = {
  ...flagGroup("Import:", {
    all: toggle("import every sign-in that can be imported"),
    copy: toggle("store the access token only, and leave the other client's sign-in unchanged"),
    authorizationServer: value(
      "<issuer>",
      "issuer of the imported tokens, if the other client did not store it",
      secureUrl,
    ),
  }),
  ...flagGroup("Credentials:", LOGIN_STORE_FLAGS),
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

type ImportInvocation = Invocation<typeof IMPORT_FLAGS>;

const isNamed = (
  operand: string,
  { serverUrl, name }: { readonly serverUrl: string | null; readonly name: string | null },
) =>
  name === operand || serverUrl !== null && URL.canParse(operand) &&
    canonicalServer(serverUrl) === canonicalServer(operand);

function notFound(
  operand: string,
  available: readonly Candidate[],
  servers: readonly FoundServer[],
): Failure {
  const names = available.map(({ document }) => quoted(document.serverUrl ?? "")).join(", ");
  const configured = servers.find((it) => it.serverUrl !== null && isNamed(operand, it));
  const remedy = configured?.serverUrl
    ? withCommand(`${configured.client} knows the server. Sign in with mcpass`, {
      line: commandText("login", { url: configured.serverUrl }),
    })
    : names === ""
    ? withCommand("List what was found", { line: "mcpass config import" })
    : `Choose from ${names}`;
  const message = `no sign-in for ${quoted(maskUrl(operand))} was found in other clients`;
  return usageFailure("import_not_found", message, remedy);
}

/** The sign-ins to import: the named ones, all, or those that a person chooses. */
async function choose(
  candidates: readonly Candidate[],
  { options, operands }: ImportInvocation,
  { runtime }: Context,
  now: number,
  servers: readonly FoundServer[],
): Promise<readonly Candidate[]> {
  const available = candidates.filter(({ document }) => document.status === "available");
  if (operands.length > 0) {
    return operands.map((operand) => {
      const named = candidates.filter(({ document }) => isNamed(operand, document));
      const found = named.find((it) => available.includes(it)) ?? named[0];
      if (found === undefined) throw notFound(operand, available, servers);
      return found;
    });
  }
  if (options.all) return available;
  if (available.length === 0 || !canAsk(options, runtime.io)) return [];
  const chosen = await (await runtime.prompter()).askMany({
    message: "Which sign-ins should mcpass import?",
    before: moveNotes(),
    choices: available.map(({ document }, at) => ({
      value: String(at),
      label: document.serverUrl ?? "",
      hint: `${document.client}, ${expiryText(document, now)}`,
    })),
    preselected: [],
    required: false,
  });
  return chosen.flatMap((index) => available.at(Number(index)) ?? []);
}

/** Finishes the imports that were interrupted; the others are candidates. */
async function candidatesIn(
  { signIns, servers, reported }: FoundImports,
  store: Store,
  signedIn: ReadonlySet<string>,
  now: number,
): Promise<Candidate[]> {
  const finished: Candidate[] = [];
  const others: ForeignSignIn[] = [];
  for (const found of signIns) {
    const entry = await finishMove(found, store);
    if (entry === undefined) others.push(found);
    else finished.push({ found, document: describeFinished(found, servers, entry) });
  }
  return [
    ...finished,
    ...candidatesOf(others, servers, signedIn, now),
    ...reported.map((one) => ({ found: undefined, document: describeReported(one) })),
  ];
}

async function importOne(
  session: CommandSession,
  candidate: Candidate,
  store: Store,
  { options }: ImportInvocation,
  { runtime }: Context,
): Promise<Failure | undefined> {
  const { found, document } = candidate;
  const { account = DEFAULT_ACCOUNT, copy, authorizationServer } = options;
  if (document.status === "imported") return undefined;
  try {
    if (found === undefined || document.status === "unavailable") {
      throw new Failure("import_refused", document.reason ?? "");
    }
    const serverUrl = found.call?.serverUrl ?? "";
    const login = commandText("login", { url: serverUrl });
    const confirmIssuer = canAsk(options, runtime.io)
      ? async (issuer: string) =>
        await (await runtime.prompter()).ask({
          message: `Is ${issuer} the authorization server of ${serverUrl}?`,
          before: [
            "The other client did not store it, and it is at another site than the server. mcpass " +
            "will send the refresh token there.",
          ],
          choices: [{ value: "no", label: "No, do not import" }, { value: "yes", label: "Yes" }],
        }) === "yes"
      : undefined;
    const { moved, entry } = await importSignIn(found, {
      ...session,
      http: session.httpFor({ serverUrl }),
      command: () => ({ line: login }),
      store,
      account,
      copy,
      authorizationServer,
      confirmIssuer,
    });
    const { issuer } = entry;
    candidate.document = { ...document, status: "imported", moved, account, issuer };
    return undefined;
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.kind === "usage") throw failure;
    candidate.document = { ...document, status: "failed", reason: failure.message };
    return failure;
  }
}

function nextCommands(
  signIns: readonly ImportedDocument[],
  servers: readonly ServerDocument[],
): NextCommand[] {
  const imported = signIns.find(({ status }) => status === "imported");
  if (imported?.serverUrl) {
    const account = accountFlag(imported.account);
    const line = commandText("status", { check: true, url: imported.serverUrl, account });
    const entry = servers.find(({ serverUrl, name }) =>
      serverUrl === imported.serverUrl && isEntryName(name)
    );
    const client = CONFIGURABLE.find(({ name }) => name === entry?.client);
    const flags = { name: entry?.name, account, replace: true, write: true } as const;
    return [
      ["Check that the server accepts the token", { line }],
      ...client === undefined
        ? []
        : [[`Let ${client.name} use this sign-in through mcpass bridge`, {
          line: commandText("config", { url: imported.serverUrl, ...flags }, [client.id]),
        }] as NextCommand],
    ];
  }
  const available = signIns.find(({ status }) => status === "available");
  const importable = signIns.map(({ serverUrl }) => serverUrl);
  const unsigned = servers.find(({ serverUrl, signedIn, hasStaticSecret }) =>
    serverUrl !== null && !signedIn && !hasStaticSecret && !importable.includes(serverUrl)
  );
  return [
    ...available?.serverUrl
      ? [["Import one", {
        line: commandText("config import", {}, [available.serverUrl]),
      }] as NextCommand]
      : [],
    ...unsigned?.serverUrl
      ? [["Sign in to a server", {
        line: commandText("login", { url: unsigned.serverUrl }),
      }] as NextCommand]
      : [],
  ];
}

export const IMPORT_COMMAND: Command<typeof IMPORT_FLAGS> = sessionCommand({
  name: "config import",
  summary:
    "Find the MCP servers and sign-ins of other clients on this machine, and import sign-ins",
  operands: "[server...]",
  examples: [
    ["choose what to import", "mcpass config import"],
    ["one sign-in", "mcpass config import https://server.example/mcp"],
    ["list what was found, for a script", "mcpass config import --format json | jq .servers"],
  ],
  flags: IMPORT_FLAGS,
  notes: [
    "mcpass reads the sign-ins of mcp-remote (~/.mcp-auth, or MCP_REMOTE_CONFIG_DIR), and the server " +
    "URLs in the configuration files of Claude Code, Claude Desktop, Cursor, VS Code, Codex and others: " +
    "in your home folder, in the current folder, and in the folders above it. It never prints " +
    "a secret, and does not import fixed Authorization headers.",
    "A sign-in with a refresh token is moved: after mcpass has stored it, it deletes the other " +
    "client's token file, because a server that rotates refresh tokens ends the sign-in when two " +
    "clients use it. The other client then asks you to sign in again. --copy stores only the access " +
    "token and changes nothing at the other client; sign in again when it has expired.",
    "Without a terminal, mcpass only lists what it found, unless --all or a server is given. An import " +
    "that was interrupted is finished first. Exit status: 0 done, 1 a sign-in was not imported, 2 usage, 130 cancelled.",
  ],
  needs: ({ options, operands, sources }) => ({
    writesArtifact: options.all || operands.length > 0 || sources.get("debugOut") !== "variable",
  }),
  async report(session, invocation, context) {
    const { runtime } = context;
    const { options, operands } = invocation;
    const { account = DEFAULT_ACCOUNT } = options;
    const now = runtime.clock.now();
    const store = await openStoreAs(storeMode(options), runtime, options);
    const { entries } = await store.list();
    const usable = entries.filter((it) => it.tokens !== null);
    const urls = (list: typeof entries) =>
      new Set(list.map(({ serverUrl }) => canonicalServer(serverUrl)));
    const known = [...entries.map(({ serverUrl }) => serverUrl), ...operands];
    const found = await findImports(runtime.env, Deno.cwd(), known);
    const inAccount = urls(usable.filter((it) => it.account === account));
    const candidates = await candidatesIn(found, store, inAccount, now);
    const chosen = await choose(candidates, invocation, context, now, found.servers);
    const failures: Failure[] = [];
    for (const candidate of chosen) {
      const failure = await importOne(session, candidate, store, invocation, context);
      if (failure !== undefined) failures.push(failure);
    }
    const signIns = candidates.map(({ document }) => document);
    const signedIn = (await store.list()).entries.filter((it) => it.tokens !== null);
    const servers = serverDocuments(found.servers, urls(signedIn));
    const next = nextCommands(signIns, servers);
    return {
      failure: failures[0],
      problems: failures,
      exitStatus: failures.length > 0 ? EXIT_STATUS.operation : 0,
      document: {
        completed: failures.length === 0,
        signIns,
        servers,
        problems: found.problems.map(errorMember),
      } satisfies ConfigImportDocument,
      text: (view) =>
        importText(signIns, servers, next, {
          view,
          now,
          isListing: chosen.length === 0,
          printer: verdictPrinter(runtime),
          home: runtime.env.get("HOME"),
          skipped: found.problems.map(({ message }) => message),
        }),
    };
  },
});
