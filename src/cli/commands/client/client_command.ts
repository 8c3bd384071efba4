import { commandText, type OptionTexts } from "../../../core/command_text.ts";
import { usageFailure } from "../../../core/failure.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { type JsonObject, member } from "../../../core/json.ts";
import {
  deleteClient,
  managedClient,
  type ManagedRegistration,
  readClient,
  recordedClient,
  updateClient,
} from "../../../flow/client/manage_client.ts";
import type { RefreshEffects } from "../../../flow/context/effects.ts";
import { changeEntry, withChanges } from "../../../flow/credentials/change_sign_in.ts";
import type { CredentialRepository } from "../../../flow/credentials/credential_repository.ts";
import { signInCommand, signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import { certificateOf, secretsOf } from "../../../flow/credentials/stored_client.ts";
import type { StoredEntry } from "../../../store/stored_entry.ts";
import type { Command, Invocation, RequiredOption } from "../../command/command.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import {
  findCredentialRepository,
  STORED_SIGN_IN_FLAGS,
} from "../../shared/sign_in/credential_source.ts";
import { nextLines, type Row, rowsText, safeText, type View } from "../../terminal/finding_text.ts";
import { flagGroup, value } from "../../command/flag.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import { signInOptions } from "../../shared/sign_in/sign_in_flags.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { redirectUrl } from "../../args/url_value.ts";
import { identifier, scopes, text } from "../../args/values.ts";
import type { Runtime } from "../../command/runtime.ts";

const CLIENT_FLAGS = {
  ...STORED_SIGN_IN_FLAGS,
  ...flagGroup("Changes (update):", {
    clientName: value("<name>", "client name on the consent page", identifier),
    redirectUrl: value("<url>", "redirect URI that replaces the registered ones", redirectUrl),
    scopes: value("<scopes>", "scopes that the client may request", scopes),
    metadata: value(
      "<json>",
      "other members as a JSON object, @file or -; null removes a member",
      text,
    ),
  }),
  ...RESULT_FLAGS,
};

type Options = Invocation<typeof CLIENT_FLAGS>["options"];

const ACTIONS = {
  show: { about: "read the registration from the server", head: "Registered", next: "Change it" },
  update: { about: "change it", head: "Updated", next: "Read it again" },
  delete: {
    about: "delete it and the sign-in",
    head: "Deleted, with the sign-in",
    next: "Sign in again",
  },
};

type Action = keyof typeof ACTIONS;

const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

export interface ClientDocument {
  readonly completed: boolean;
  readonly action: Action;
  readonly serverUrl: string;
  readonly account: string | null;
  readonly issuer: string;
  readonly clientId: string;
  readonly registrationUri: string | null;
  /** The client information response (RFC 7591 §3.2.1); null after `delete`. */
  readonly metadata: JsonObject | null;
  /** Names of members that the update changed. */
  readonly changed: readonly string[];
  readonly registrationTokenReplaced: boolean;
  readonly where: string;
}

async function changesOf(
  options: Options,
  action: Action,
  { io }: Runtime,
): Promise<Readonly<Record<string, unknown>>> {
  const { clientName, redirectUrl, scopes, metadata } = options;
  const isChange = [clientName, redirectUrl, scopes, metadata].some((it) => it !== undefined);
  if (action === "update" && !isChange) {
    throw usageFailure(
      "missing_options",
      "there is nothing to update",
      "Give --client-name, --redirect-url, --scopes or --metadata",
    );
  }
  if (action !== "update" && isChange) {
    throw usageFailure(
      "impossible_combination",
      `mcpass oauth client ${action} accepts no changes`,
      "Use mcpass oauth client update, or omit the change",
    );
  }
  return {
    ...(metadata === undefined ? {} : await readJsonObject("--metadata", metadata, io)),
    ...pickDefined({
      client_name: clientName,
      redirect_uris: redirectUrl && [redirectUrl],
      scope: scopes?.join(" "),
    }),
  };
}

/** Locks the sign-in. A replaced registration token is stored at once. */
async function manage(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  action: Action,
  changes: Readonly<Record<string, unknown>>,
): Promise<{ record: JsonObject | null; entry: StoredEntry; changed: readonly string[] }> {
  await using _lock = await repository.lock(deps.signal);
  const found = await repository.read();
  if (found === undefined) {
    throw signInNeeded("not_signed_in", `nothing is stored for "${serverUrl}"`, { serverUrl });
  }
  let entry = found;
  for (const secret of secretsOf(entry)) deps.secrets.add(secret);
  const client = managedClient(entry, await certificateOf(entry));
  const storeRegistration = async (next: ManagedRegistration, record: JsonObject) => {
    const before = entry;
    const updated = { ...before, client: recordedClient(before.client, next, record) };
    if (JSON.stringify(updated) === JSON.stringify(before)) return;
    const changed = await changeEntry(
      repository,
      (stored) => withChanges(before, updated, stored ?? before),
    );
    entry = changed?.entry ?? updated;
  };
  switch (action) {
    case "delete":
      await deleteClient(deps, client);
      await repository.remove("signed_out");
      return { record: null, entry, changed: [] };
    case "show": {
      const { record } = await readClient(deps, client, storeRegistration);
      return { record, entry, changed: [] };
    }
    case "update": {
      const { before, record } = await updateClient(deps, client, changes, storeRegistration);
      const names = new Set([...Object.keys(before), ...Object.keys(record)]);
      const differs = (name: string) =>
        JSON.stringify(member(before, name)) !== JSON.stringify(member(record, name));
      return { record, entry, changed: [...names].filter(differs) };
    }
  }
}

function humanText(
  action: Action,
  { record, entry, changed }: Awaited<ReturnType<typeof manage>>,
  view: View,
  file: string | undefined,
): string {
  const rows = Object.entries(record ?? {}).map(([name, value]): Row => [
    safeText(name, view, 60) + (changed.includes(name) ? " (changed)" : ""),
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const { head, next } = ACTIONS[action];
  const options = signInOptions(entry, file);
  const client = (action: Action, more: OptionTexts = {}) => (
    { line: commandText("oauth client", { ...options, ...more }, [action]) }
  );
  const command = {
    show: client("update", { clientName: "<name>" }),
    update: client("show"),
    delete: signInCommand(entry),
  }[action];
  return [
    view.style.bold(safeText(`${head}: client ${entry.client.clientId} at ${entry.issuer}`, view)),
    ...rows.length === 0 ? [] : ["", ...rowsText(rows, view)],
    "",
    ...nextLines([next, command], view),
    "",
  ].join("\n");
}

const REQUIRED_ACTION: RequiredOption<typeof CLIENT_FLAGS> = {
  operand: "<action>",
  missing: (_options, [word]) => word === undefined,
  message: "What should mcpass do with the registration?",
  reason: "Give an action: show, update or delete",
  offer: () =>
    Promise.resolve(ACTION_NAMES.map((value) => ({ value, hint: ACTIONS[value].about }))),
};

export const CLIENT_COMMAND: Command<typeof CLIENT_FLAGS> = sessionCommand({
  name: "oauth client",
  summary: "Show, update or delete the registration that a login made (RFC 7592)",
  operands: "[action]",
  operandChoices: ACTION_NAMES,
  serverOperand: ACTION_NAMES,
  examples: [
    [
      "the registration as the server has it",
      "mcpass oauth client show https://server.example/mcp",
    ],
    [
      "change the name, remove the logo",
      "mcpass oauth client update https://server.example/mcp \\\n" +
      `  --client-name "My tool" --metadata '{"logo_uri":null}'`,
    ],
    [
      "delete it; oauth logout --unregister revokes the tokens first",
      "mcpass oauth client delete https://server.example/mcp",
    ],
  ],
  flags: CLIENT_FLAGS,
  requiredOptions: [REQUIRED_ACTION, REQUIRED_SIGN_IN],
  notes: [
    "The client must be one that mcpass registered, and the server must have issued a registration " +
    "access token. mcpass stores this token with the sign-in, sends it to registration_client_uri " +
    "only, and never shows it. An update reads the registration, changes it, and sends all of it. If " +
    "the server issues a new token, mcpass stores it at once.",
    "Exit status: 0 done, 1 the server refused or the client cannot be managed, 2 usage, 4 not signed " +
    "in to the server.",
  ],
  async report(session, invocation, { runtime }) {
    const { options, operands: [word, ...more] } = invocation;
    const action = ACTION_NAMES.find((name) => name === word);
    if (action === undefined || more.length > 0) {
      throw usageFailure(
        "unexpected_argument",
        `the action of mcpass oauth client must be one of: ${ACTION_NAMES.join(", ")}`,
        "Use mcpass oauth client show <server>",
      );
    }
    const changes = await changesOf(options, action, runtime);
    const { serverUrl } = session;
    const found = await findCredentialRepository(serverUrl, invocation, runtime, true);
    const { repository, account } = found;
    session.trustAsStored(found.loginFlags);
    const before = (await repository.read())?.client;
    const done = await manage(session, repository, serverUrl, action, changes);
    const { entry: { client, issuer, serverUrl: storedUrl }, record, changed } = done;
    return {
      document: {
        completed: true,
        action,
        serverUrl: storedUrl,
        account: account ?? null,
        issuer,
        clientId: client.clientId,
        registrationUri: client.registrationUri ?? null,
        metadata: record,
        changed,
        registrationTokenReplaced: client.registrationToken !== before?.registrationToken,
        where: repository.where,
      } satisfies ClientDocument,
      text: (view) => humanText(action, done, view, options.credentialsFile),
    };
  },
});
