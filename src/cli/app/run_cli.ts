import { cancelIfStuck } from "../../core/abort.ts";
import { EXIT_STATUS, type Failure, toFailure } from "../../core/failure.ts";
import { VERSION } from "../../core/version.ts";
import type { CaStore } from "../../core/authorities.ts";
import type { Command, CommandEntry, Format, Invocation } from "../command/command.ts";
import { defaultFormat } from "../args/common_flags.ts";
import type { FlagTable } from "../command/flag.ts";
import { commonToggles, loginEntry, resolveCommand, type Resolved } from "./resolve_command.ts";
import type { Runtime } from "../command/runtime.ts";

/** Milliseconds that a command has to end after a signal, and to write its output files. */
const GRACE_MS = 700;

/** The arguments before `--`, after which no argument is a flag. */
function flagWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end === -1 ? args : args.slice(0, end);
}

/** The format, read before anything else so that every error is written in it. */
function formatOf(args: readonly string[], runtime: Runtime): Format {
  const words = flagWords(args);
  const at = words.lastIndexOf("--format");
  const asked = words.findLast((word) => word.startsWith("--format="))?.slice("--format=".length) ??
    (at === -1 ? undefined : words[at + 1]) ?? runtime.env.get("MCPASS_FORMAT");
  return asked === "json" || asked === "human" ? asked : defaultFormat(runtime.io);
}

async function askForMissing(
  command: Command<FlagTable>,
  invocation: Invocation<FlagTable>,
  runtime: Runtime,
): Promise<Invocation<FlagTable>> {
  const { flags, requiredOptions: required = [] } = command;
  if (!required.some((option) => option.missing(invocation.options, invocation.operands))) {
    return invocation;
  }
  const { canAsk, missingFailure, missingOptions } = await import("../prompt/missing_options.ts");
  if (!canAsk({ noInput: invocation.options["noInput"] === true }, runtime.io)) {
    throw missingFailure(flags, missingOptions(required, invocation));
  }
  return await (await import("../prompt/ask.ts")).askAll(flags, required, invocation, runtime);
}

async function runCommand(
  command: Command<FlagTable>,
  commands: readonly CommandEntry[],
  args: readonly string[],
  outside: Runtime,
  format: Format,
): Promise<number> {
  const answers = new Map<string, readonly string[]>();
  const watched = watchOutput(outside);
  const { signal } = outside;
  const runtime: Runtime = {
    ...watched.runtime,
    prompter: async () => {
      const { recordingPrompter } = await import("../prompt/recording.ts");
      const noColor = flagWords(args).includes("--no-color");
      return recordingPrompter(await outside.prompter({ noColor }), answers);
    },
  };
  const { parseCommand } = await import("../args/parse_command.ts");
  let invocation: Invocation<FlagTable> | undefined;
  try {
    invocation = parseCommand(command, args, runtime.env);
    const { applyRules, COMMON_RULES } = await import("../args/flag_rules.ts");
    const rules = [...COMMON_RULES, ...command.rules ?? []];
    invocation = applyRules(rules, command.flags, invocation);
    const { operands } = invocation;
    // The runtime reads this variable before any code of this program runs, so only a warning is possible.
    if (
      runtime.env.get("SSLKEYLOGFILE") && "stepTimeout" in command.flags &&
      !invocation.options["quiet"]
    ) {
      runtime.io.err(
        "warning: SSLKEYLOGFILE is set: the runtime writes the keys of each TLS connection to that " +
          "file. Anyone who can read the file can decrypt the traffic\n",
      );
    }
    invocation = await cancelIfStuck(askForMissing(command, invocation, runtime), signal, GRACE_MS);
    const { caStore, url } = invocation.options;
    runtime.trust?.(caStore as CaStore | undefined, url);
    const status = await cancelIfStuck(
      command.run(invocation, { runtime, format, answers, commands }),
      signal,
      GRACE_MS,
    );
    const asked = answers.size > 0 || invocation.operands !== operands;
    if (asked && status !== EXIT_STATUS.cancelled && invocation.options["quiet"] !== true) {
      const { repeatedLine } = await import("../prompt/recording.ts");
      runtime.io.err(`\n${repeatedLine(command, invocation, answers)}`);
    }
    return status;
  } catch (error) {
    watched.close();
    const { errorDocument } = await import("../terminal/error_document.ts");
    const document = watched.isWritten()
      ? undefined
      : command.failureDocument === undefined
      ? errorDocument
      : (failure: Failure) => command.failureDocument?.(failure, invocation);
    return await reportFailure(error, args, outside, format, document);
  }
}

async function reportFailure(
  error: unknown,
  args: readonly string[],
  runtime: Runtime,
  format: Format,
  document?: (failure: Failure) => unknown,
): Promise<number> {
  const failure = toFailure(error);
  const { writeFailure } = await import("../terminal/finding_text.ts");
  await writeFailure(failure, runtime.io, runtime.env, args.includes("--no-color"));
  const content = format === "json" ? document?.(failure) : undefined;
  if (content !== undefined) {
    const { jsonText } = await import("../terminal/json_text.ts");
    try {
      runtime.io.out(jsonText(content));
      await runtime.io.flush?.();
    } catch {
      // Standard output cannot be written; standard error and the exit status report the failure.
    }
  }
  return EXIT_STATUS[failure.kind];
}

/**
 * Runs one command line. Never throws.
 *
 * @returns The exit status.
 */
export async function runCli(
  commands: readonly CommandEntry[],
  args: readonly string[],
  runtime: Runtime,
): Promise<number> {
  const status = await statusOf(commands, args, runtime);
  try {
    await runtime.io.flush?.();
    return status;
  } catch (error) {
    const lost = await reportFailure(error, args, runtime, formatOf(args, runtime));
    await runtime.io.flush?.();
    return lost;
  }
}

async function statusOf(
  commands: readonly CommandEntry[],
  args: readonly string[],
  runtime: Runtime,
): Promise<number> {
  if (args[0] === "__complete") {
    const { writeCandidates } = await import("./complete.ts");
    const isNew = args[1] === "--new";
    const words = args.slice(isNew ? 2 : 1);
    if (words[0] === "--") words.shift();
    return await writeCandidates(commands, isNew ? [...words, ""] : words, runtime);
  }
  const format = formatOf(args, runtime);
  try {
    return await dispatch(commands, args, runtime, format);
  } catch (error) {
    return await reportFailure(error, args, runtime, format);
  }
}

async function dispatch(
  commands: readonly CommandEntry[],
  args: readonly string[],
  runtime: Runtime,
  format: Format,
): Promise<number> {
  let resolved: Resolved;
  try {
    resolved = resolveCommand(commands, args);
  } catch (error) {
    const explicit = flagWords(args).some((word) => word.startsWith("--format"));
    const document = explicit
      ? (await import("../terminal/error_document.ts")).errorDocument
      : undefined;
    return await reportFailure(error, args, runtime, format, document);
  }
  const { group, args: rest } = resolved;
  let { entry } = resolved;
  const flags = flagWords(rest).flatMap(commonToggles);
  if (flags.includes("--version") || flags.includes("-V")) {
    runtime.io.out(`mcpass ${VERSION}\n`);
    return 0;
  }
  const { io } = runtime;
  const askedForHelp = flags.includes("--help") || flags.includes("-h");
  if (entry === undefined && group === undefined && !askedForHelp) {
    const person = io.stdinIsTerminal && io.stdoutIsTerminal && io.stderrIsTerminal;
    if (person) entry = loginEntry(commands);
  }
  if (entry === undefined || askedForHelp) {
    await (await import("./help.ts")).writeHelp(commands, entry, group, io);
    return 0;
  }
  return await runCommand(await entry.load(), commands, rest, runtime, format);
}

/** A runtime that reports whether a result was written, and that can stop further output. */
export interface WatchedRuntime {
  readonly runtime: Runtime;
  /** True once a result was written. */
  isWritten(): boolean;
  /** Discards everything that the command writes from now on. */
  close(): void;
}

/** Watches the output of a command, which may still run after it was abandoned. */
export function watchOutput(outside: Runtime): WatchedRuntime {
  let written = false;
  let closed = false;
  const watched = <T extends readonly unknown[]>(write: (...args: T) => void) => (...args: T) => {
    if (closed) return;
    written = true;
    write(...args);
  };
  const { io, bytes } = outside;
  return {
    runtime: {
      ...outside,
      io: { ...io, out: watched((text, only?: boolean) => io.out(text, only)) },
      bytes: { ...bytes, out: watched((part) => bytes.out(part)) },
    },
    isWritten: () => written,
    close() {
      closed = true;
    },
  };
}
