import { commandText } from "../../../core/command_text.ts";
import { usageFailure } from "../../../core/failure.ts";
import { machineName } from "../../../core/process_name.ts";
import { quoted } from "../../../core/text.ts";
import type { SealedFile, SealingKey } from "../../../flow/transfer/age_file.ts";
import { withoutArmor } from "../../../flow/transfer/age_header.ts";
import { type ExportedSignIn, exportSignIn } from "../../../flow/transfer/export_sign_in.ts";
import type { OutputFile } from "../../../trace/output_file.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { exclusive } from "../../args/flag_rules.ts";
import { outputPath, path, period } from "../../args/values.ts";
import type { Command, Invocation } from "../../command/command.ts";
import { flagGroup, list, toggle, value } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { findStoredSignIn } from "../../shared/sign_in/find_sign_in.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { openStoreAs, STORE_FLAGS, storeMode } from "../../shared/sign_in/store_options.ts";
import { nextLines, rowsText } from "../../terminal/finding_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { recipientOrFile, sealingKey, sealText } from "./sealing_key.ts";

const DEFAULT_VALIDITY_MS = 3_600_000;

const EXPORT_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Transfer:", {
    to: list(
      "<recipient>",
      "age recipient (age1...) that can open the file, or @file with one per line (repeatable)",
      recipientOrFile,
    ),
    passphraseFile: value(
      "<path>",
      "seal the file with the passphrase in this file instead (default: asked for)",
      path,
    ),
    out: value(
      "<path>",
      "path of the sealed file (default: standard output)",
      outputPath,
      { env: false },
    ),
    validFor: value(
      "<period>",
      "how long the file can be imported: 30m, 24h, up to 7d (default: 1h)",
      period("7d"),
    ),
    copy: toggle("leave the sign-in usable here too, if its tokens do not rotate"),
  }),
  ...flagGroup("Credentials:", STORE_FLAGS),
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

type ExportInvocation = Invocation<typeof EXPORT_FLAGS>;

export interface ExportDocument {
  readonly completed: boolean;
  readonly serverUrl: string;
  readonly account: string;
  readonly name: string | null;
  readonly issuer: string;
  readonly file: string;
  readonly sealedFor: readonly string[] | null;
  readonly moved: boolean;
  readonly refreshed: boolean;
  readonly validUntil: string;
}

interface Destination {
  readonly path: string;
  /** Writes the file, and reads it again. */
  deliver(file: SealedFile): Promise<Uint8Array>;
}

async function openNewFile(path: string, { load }: Runtime) {
  const { openOutputFile } = await load(() => import("../../../trace/output_file.ts"));
  return await openOutputFile(path, { isNew: true });
}

async function writeNewFile(output: OutputFile, file: SealedFile): Promise<Uint8Array> {
  const { denoFiles } = await import("../../../store/file/store_files.ts");
  const { dirname } = await import("node:path");
  await output.write(file.armored);
  await denoFiles.syncFolder(dirname(output.path)).catch(() => {});
  return withoutArmor(await Deno.readFile(output.path));
}

/** An export that nobody imported yet may be all that is left of its sign-in. */
async function assertFree(path: string): Promise<void> {
  const existing = await Deno.lstat(path).catch(() => undefined);
  if (existing === undefined) return;
  throw usageFailure(
    "unwritable_output",
    `--out: ${quoted(path, 4096)} already exists, and may contain another sign-in`,
    "Choose another path, or remove the file",
  );
}

/** The sealed file, or standard output and a copy of it: a pipe may lose what it got. */
async function openDestination(
  { options, sources }: ExportInvocation,
  { runtime, clock, note }: CommandSession,
  validForMs: number,
): Promise<Destination> {
  const { out, format } = options;
  if (out !== undefined) {
    await assertFree(out);
    const output = await openNewFile(out, runtime);
    return { path: out, deliver: (file) => writeNewFile(output, file) };
  }
  if (format === "json" && sources.get("format") === "flag") {
    throw usageFailure(
      "impossible_combination",
      "--format json requires --out: without it, the sealed file is written to standard output",
      "Add --out <path>",
    );
  }
  const { sealedCopyPath } = await import("../../../store/file/transfer_files.ts");
  const now = clock.now();
  const copy = await openNewFile(
    await sealedCopyPath(runtime, now + validForMs, now),
    runtime,
  );
  return {
    path: copy.path,
    async deliver(file) {
      const written = await writeNewFile(copy, file);
      runtime.io.out(file.armored);
      await runtime.io.flush?.();
      note(`if the file did not arrive, use its sealed copy: ${copy.path}`);
      return written;
    },
  };
}

/** What a moved entry says about where it went. */
function destinationName(out: string | undefined, seal: SealingKey): string {
  const file = out?.split(/[\\/]/).at(-1);
  return `${file === undefined ? "another machine" : `the file ${file}`}, ${sealText(seal)}`;
}

function resultText(
  { entry, moved, notAfter }: ExportedSignIn,
  { out, seal, name }: {
    readonly out: string;
    readonly seal: SealingKey;
    readonly name: string | undefined;
  },
) {
  const how = moved ? "moved" : "copied";
  const verdict = `${how} the sign-in ${name ?? entry.serverUrl} into ${out}, ${sealText(seal)}`;
  const here = moved
    ? "disabled here: the refresh token is now only in the file"
    : "still usable here";
  const rows = [
    ["Server", entry.serverUrl],
    ["Import until", notAfter],
    ["This machine", here],
  ] as const;
  return { verdict, rows };
}

export const EXPORT_COMMAND: Command<typeof EXPORT_FLAGS> = sessionCommand({
  name: "oauth export",
  summary: "Move a stored sign-in to another machine: write it into a sealed file",
  examples: [
    [
      "for the recipient that mcpass oauth recipient printed there",
      "mcpass oauth export linear --to age1... --out linear.age",
    ],
    ["with a passphrase, which mcpass asks for", "mcpass oauth export linear --out linear.age"],
    [
      "to a machine with SSH",
      'mcpass oauth export linear --to "$(ssh build mcpass oauth recipient)" |\n' +
      "  ssh build mcpass oauth import -",
    ],
  ],
  flags: EXPORT_FLAGS,
  requiredOptions: [REQUIRED_SIGN_IN],
  rules: [exclusive(["to", "passphraseFile"])],
  notes: [
    "The file has the age format (age-encryption.org/v1) as text. mcpass refreshes the token, writes " +
    "the file, reads it again, and then disables the sign-in here: an authorization server that rotates " +
    "refresh tokens ends a sign-in that two machines use. If the command ends before that, the sign-in " +
    "is still usable here; export it again and delete the first file.",
    "A file on standard output is also stored, sealed, in the folder exports of the store until it is " +
    "no longer valid.",
    "Exit status: 0 done, 1 failed, 2 usage, 4 not signed in to the server, 130 cancelled.",
  ],
  async report(session, invocation, { runtime }) {
    const { options } = invocation;
    const validForMs = options.validFor ?? DEFAULT_VALIDITY_MS;
    const store = await openStoreAs(storeMode(options), runtime, options);
    const found: EntrySummary = await findStoredSignIn(
      store,
      session.serverUrl,
      options,
      runtime,
    );
    const { key, serverUrl, account, name } = found;
    session.trustAsStored(found.loginFlags);
    const destination = await openDestination(invocation, session, validForMs);
    const seal = await sealingKey(options, runtime);
    const exported = await exportSignIn(session, {
      store,
      key,
      serverUrl,
      seal,
      validForMs,
      copy: options.copy,
      machine: machineName() || "an unnamed machine",
      to: destinationName(options.out, seal),
      deliver: destination.deliver,
    });
    const { out } = options;
    const { verdict, rows } = resultText(exported, { out: out ?? "standard output", seal, name });
    const printer = verdictPrinter(runtime);
    const words = (view: Parameters<typeof nextLines>[1]) =>
      [
        ...printer.lines("ok", verdict, view),
        "",
        ...rowsText(rows, view),
        "",
        ...nextLines(["Import it on the other machine", {
          line: commandText("oauth import", {}, [out?.split(/[\\/]/).at(-1) ?? "-"]),
        }], view),
        "",
      ].join("\n");
    if (out === undefined && !options.quiet) {
      runtime.io.err(words(session.view(runtime.io.stderrIsTerminal)));
    }
    return {
      ...out === undefined ? { rendered: "" } : {},
      document: {
        completed: true,
        serverUrl,
        account,
        name: name ?? null,
        issuer: exported.entry.issuer,
        file: destination.path,
        sealedFor: "recipients" in seal ? seal.recipients : null,
        moved: exported.moved,
        refreshed: exported.refreshed,
        validUntil: exported.notAfter,
      } satisfies ExportDocument,
      text: words,
    };
  },
});
