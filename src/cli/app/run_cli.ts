import { cancelIfStuck, exitLimitMs } from "../../core/abort.ts";
import { EXIT_STATUS, type Failure, toFailure } from "../../core/failure.ts";
import type { Io } from "../../core/system.ts";
import { VERSION } from "../../core/version.ts";
import type { CaStore } from "../../core/certificate_authorities.ts";
import type { Command, CommandEntry, Format, Invocation } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { commonToggles, loginEntry, resolveCommand, type Resolved } from "./resolve_command.ts";
import type { Runtime } from "../command/runtime.ts";
import { styleFor } from "../terminal/style.ts";

/** A command that does not end after a signal is left so long before the process ends. */
const MESSAGE_MS = 200;

/** The arguments before `--`, after which no argument is a flag. */
function flagWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end === -1 ? args : args.slice(0, end);
}

/** The value of a flag that is read before everything else, so that it applies to every error. */
function earlyValue(args: readonly string[], flag: string): string | undefined {
  const words = flagWords(args);
  const at = words.lastIndexOf(flag);
  return words.findLast((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) ??
    (at === -1 ? undefined : words[at + 1]);
}

const wantsJsonLines = (args: readonly string[]) => earlyValue(args, "--progress") === "json";

function formatOf(args: readonly string[], { env, io }: Runtime): Format {
  if (earlyValue(args, "--field") !== undefined) return "json";
  const requested = earlyValue(args, "--format") ?? env.get("MCPASS_FORMAT");
  if (requested === "json" || requested === "human") return requested;
  return io.stdoutIsTerminal ? "human" : "json";
}

/** The invocation with the server as a URL: a host or a name is replaced. */
async function withServer(
  command: Command<FlagTable>,
  invocation: Invocation<FlagTable>,
  runtime: Runtime,
): Promise<Invocation<FlagTable>> {
  const { options, operands } = invocation;
  const { url } = options;
  const isOpen = operands.length > 0 && command.serverOperand === "leading" ||
    (typeof url === "string"
      ? !url.includes("://")
      : command.requiredOptions?.some(({ orOnlySignIn }) => orOnlySignIn));
  if (!isOpen) return invocation;
  const { resolveServer } = await import("../shared/sign_in/server_argument.ts");
  return await resolveServer(command, invocation, runtime);
}

async function askForMissing(
  command: Command<FlagTable>,
  invocation: Invocation<FlagTable>,
  runtime: Runtime,
): Promise<Invocation<FlagTable>> {
  const { flags, requiredOptions = [] } = command;
  const { options, operands } = invocation;
  const missing = requiredOptions.filter((required) => required.missing(options, operands));
  if (missing.every(({ lists }) => lists)) return invocation;
  const { canAsk, missingFailure } = await import("../prompt/missing_options.ts");
  if (!canAsk({ noInput: options["noInput"] === true }, runtime.io)) {
    throw missingFailure(flags, missing);
  }
  const { askAll } = await import("../prompt/ask.ts");
  return await askAll(flags, requiredOptions, invocation, runtime);
}

/** For `--field`: a stream that writes one member of the document. */
async function fieldSelection(
  { name }: Command<FlagTable>,
  { field }: Readonly<Record<string, unknown>>,
): Promise<((io: Io) => Io) | undefined> {
  if (typeof field !== "string") return undefined;
  return await (await import("./field_output.ts")).selectField(name, field);
}

/** Reports whether a result was written, and can discard the output of an abandoned command. */
function watchOutput(outerRuntime: Runtime) {
  let written = false;
  let closed = false;
  const watched = <T extends readonly unknown[]>(write: (...args: T) => void) => (...args: T) => {
    if (closed) return;
    written = true;
    write(...args);
  };
  const { io, bytes } = outerRuntime;
  return {
    runtime: {
      ...outerRuntime,
      io: { ...io, out: watched((text: string, only?: boolean) => io.out(text, only)) },
      bytes: { ...bytes, out: watched((part: Uint8Array) => bytes.out(part)) },
    },
    isWritten: () => written,
    close() {
      closed = true;
    },
  };
}

async function runCommand(
  command: Command<FlagTable>,
  commands: readonly CommandEntry[],
  args: readonly string[],
  outerRuntime: Runtime,
  format: Format,
): Promise<number> {
  const answers = new Map<string, readonly string[]>();
  const watched = watchOutput(outerRuntime);
  const { signal } = outerRuntime;
  let selected: ((io: Io) => Io) | undefined;
  const runtime: Runtime = {
    ...watched.runtime,
    async prompter() {
      const { recordingPrompter } = await import("../prompt/recording_prompter.ts");
      const noColor = flagWords(args).includes("--no-color");
      return recordingPrompter(await outerRuntime.prompter({ noColor }), answers);
    },
  };
  const { parseCommand, readableOptions } = await import("../args/parse_command.ts");
  const { applyRules, rulesOf } = await import("../args/flag_rules.ts");
  let invocation: Invocation<FlagTable> | undefined;
  try {
    invocation = parseCommand(command, args, runtime.env);
    invocation = applyRules(await rulesOf(command, invocation), command.flags, invocation);
    // A program that reads the events answers no questions.
    const readsEvents = invocation.options["progress"] === "json";
    if (readsEvents) {
      invocation = { ...invocation, options: { ...invocation.options, noInput: true } };
    }
    const quiet = invocation.options["quiet"] === true;
    // The runtime reads this variable before any code of this program runs, so only a warning is possible.
    if (runtime.env.get("SSLKEYLOGFILE") && "stepTimeout" in command.flags && !quiet) {
      const warning =
        "warning: SSLKEYLOGFILE is set: the runtime writes the keys of each TLS connection to that " +
        "file. Anyone who can read the file can decrypt the traffic";
      runtime.io.err(
        readsEvents ? await eventLine({ event: "note", message: warning }) : `${warning}\n`,
      );
    }
    const graceMs = () => exitLimitMs(runtime) - MESSAGE_MS;
    let typed = 0;
    const withAnswers = async (parsed: Invocation<FlagTable>) => {
      const complete = await withServer(command, parsed, runtime);
      typed = complete.operands.length;
      const answered = await askForMissing(command, complete, runtime);
      return answered === complete ? complete : await withServer(command, answered, runtime);
    };
    const parsed = invocation;
    const complete = await cancelIfStuck(() => withAnswers(parsed), signal, graceMs);
    invocation = complete;
    const { caStore, url } = complete.options;
    runtime.chooseAuthorities?.(caStore as CaStore | undefined, url);
    selected = await fieldSelection(command, invocation.options);
    const io = selected?.(runtime.io) ?? runtime.io;
    const context = { runtime: { ...runtime, io }, format, answers, commands };
    const status = await cancelIfStuck(() => command.run(complete, context), signal, graceMs);
    const wasAsked = answers.size > 0 || invocation.operands.length > typed;
    if (wasAsked && status === 0 && !quiet) {
      const { equivalentCommand } = await import("../prompt/recording_prompter.ts");
      runtime.io.err(`\n${equivalentCommand(command, invocation, answers)}`);
    }
    return status;
  } catch (error) {
    watched.close();
    const { errorDocument } = await import("../terminal/error_document.ts");
    const { failureDocument = errorDocument } = command;
    const options = invocation?.options ?? readableOptions(command, flagWords(args), runtime.env);
    const asksForJson = format === "json" || options["as"] === "json" || command.writesLines;
    const hasDocument = asksForJson && !watched.isWritten();
    const document = (failure: Failure) => failureDocument(failure, invocation, options, args);
    selected ??= await fieldSelection(command, options).catch(() => (io) => ({ ...io, out() {} }));
    const io = selected?.(outerRuntime.io) ?? outerRuntime.io;
    let failure = toFailure(error);
    if (invocation === undefined && failure.commandFlags !== undefined) {
      const { withMeantCommand } = await import("../args/meant_command.ts");
      failure = withMeantCommand(failure, command, args);
    }
    if (invocation !== undefined && failure.remedy?.includes("\n  mcpass ")) {
      const { withStoreTexts } = await import("../shared/sign_in/store_texts.ts");
      failure = withStoreTexts(failure, invocation.texts);
    }
    return await reportFailure(failure, args, { ...outerRuntime, io }, {
      readsEvents: wantsJsonLines(args) || options["progress"] === "json",
      document: hasDocument ? document : undefined,
      isLine: command.writesLines,
      command: command.name,
    });
  }
}

async function eventLine(event: object): Promise<string> {
  return (await import("../terminal/json_text.ts")).jsonLine(event);
}

interface FailureOutput {
  /** True if a program reads JSON lines on standard error. */
  readonly readsEvents?: boolean;
  readonly document?:
    | ((failure: Failure) => object | undefined | Promise<object | undefined>)
    | undefined;
  readonly isLine?: boolean | undefined;
  /** The command whose help a usage error names. */
  readonly command?: string;
}

const SHORT_FORM = /^oauth (?=(?:login|logout|refresh|status|token)$)/;

const helpLine = (command?: string) =>
  ["mcpass", ...command === undefined ? [] : [command.replace(SHORT_FORM, "")], "--help"].join(" ");

async function reportFailure(
  error: unknown,
  args: readonly string[],
  { io, env }: Runtime,
  { readsEvents = wantsJsonLines(args), document, isLine, command }: FailureOutput = {},
): Promise<number> {
  const failure = toFailure(error);
  if (readsEvents) {
    const { errorMember } = await import("../terminal/error_document.ts");
    io.err(await eventLine({ event: "error", ...errorMember(failure) }));
  } else {
    const { writeFailure } = await import("../terminal/failure_text.ts");
    await writeFailure(failure, io, {
      width: io.columns(),
      style: styleFor(io.stderrIsTerminal, env, args.includes("--no-color")),
      mask: (text) => text,
    }, failure.kind === "usage" ? ["", { line: helpLine(command) }] : undefined);
  }
  const content = await document?.(failure);
  if (content !== undefined) {
    const { documentText, jsonLine } = await import("../terminal/json_text.ts");
    try {
      io.out(isLine ? jsonLine(content) : documentText(content));
      await io.flush?.();
    } catch {
      // Standard output cannot be written; standard error and the exit status report the failure.
    }
  }
  return EXIT_STATUS[failure.kind];
}

async function dispatch(
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
  let resolved: Resolved;
  try {
    resolved = resolveCommand(commands, args);
  } catch (error) {
    const explicit = flagWords(args).some((word) => word.startsWith("--format"));
    const { errorDocument } = await import("../terminal/error_document.ts");
    const document = explicit && format === "json" ? errorDocument : undefined;
    return await reportFailure(error, args, runtime, { document });
  }
  const { group, args: rest } = resolved;
  const { io } = runtime;
  const flags = flagWords(rest).flatMap(commonToggles);
  if (flags.includes("--version") || flags.includes("-V")) {
    io.out(`mcpass ${VERSION}\n`);
    return 0;
  }
  const asksForHelp = flags.includes("--help") || flags.includes("-h");
  const isInteractive = io.stdinIsTerminal && io.stdoutIsTerminal && io.stderrIsTerminal;
  const startsGuidedLogin = group === undefined && isInteractive && !asksForHelp;
  const entry = resolved.entry ?? (startsGuidedLogin ? loginEntry(commands) : undefined);
  if (entry === undefined || asksForHelp) {
    const asDocument = earlyValue(args, "--format") === "json";
    await (await import("./help.ts")).writeHelp(commands, entry, group, io, asDocument);
    return 0;
  }
  return await runCommand(await entry.load(), commands, rest, runtime, format);
}

/** Runs one command line and returns its exit status. Never throws. */
export async function runCli(
  commands: readonly CommandEntry[],
  args: readonly string[],
  outerRuntime: Runtime,
): Promise<number> {
  const runtime = outerRuntime.env.get("GITHUB_ACTIONS") === "true"
    ? (await import("../terminal/workflow_commands.ts")).withoutCommandsOnStderr(outerRuntime)
    : outerRuntime;
  const report = (error: unknown) => reportFailure(error, args, runtime);
  const status = await dispatch(commands, args, runtime).catch(report);
  try {
    await runtime.io.flush?.();
    return status;
  } catch (error) {
    const lost = await report(error);
    await runtime.io.flush?.();
    return lost;
  }
}

/** Does what is left after the result was written, and writes its warnings. Never throws. */
export async function finishBeforeExit(
  { beforeExit = [], signal, io }: Pick<Runtime, "beforeExit" | "signal" | "io">,
): Promise<void> {
  await Promise.allSettled(beforeExit.map((work) => work(signal)));
  await io.flush?.().catch(() => {});
}
