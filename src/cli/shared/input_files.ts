import type { Io } from "../../core/system.ts";
import { Failure, usageFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import {
  isStandardInput,
  readInputFile,
  readInputText,
  unreadableReason,
  UnsupportedFile,
} from "../../core/input_file.ts";
import { exactJson, isObject, isRawNumber } from "../../core/json.ts";
import { opensslFormObjection, pemBlocks } from "../../core/pem.ts";
import { readSecretFile, type SecretFile } from "../../core/secret_file.ts";
import { quoted } from "../../core/text.ts";
import type { Runtime } from "../command/runtime.ts";

function unreadableFailure(name: string, path: string, error: unknown, secret: boolean): Failure {
  const knownReason = unreadableReason(error);
  // If there is no such file, the value may be the secret itself: it is not quoted.
  if (secret && (knownReason === undefined || error instanceof Deno.errors.NotFound)) {
    return usageFailure(
      "file_unreadable",
      `${name}: the file cannot be read: ${knownReason ?? "the system cannot open it"}`,
      "Give the path of a file that exists and that you can read, not the secret itself",
    );
  }
  const reason = knownReason ?? (error instanceof Error ? error.message : String(error));
  return usageFailure(
    "file_unreadable",
    `${name}: ${quoted(path)} cannot be read: ${reason}`,
    error instanceof UnsupportedFile
      ? "Use a regular file of at most 64 MiB, or use - and pipe the content to standard input"
      : "Give the path of a file that exists and that you can read",
  );
}

async function readFrom<T>(
  name: string,
  path: string,
  io: Io,
  readStdin: () => Promise<T>,
  readFile: () => Promise<T>,
  isSecret = false,
): Promise<T> {
  const isStdin = isStandardInput(path);
  if (isStdin && io.stdinIsTerminal) {
    throw usageFailure(
      "stdin_is_terminal",
      `${name}: "-" reads standard input, which is a terminal here`,
      "Pipe the value in, or give a file",
    );
  }
  try {
    return await (isStdin ? readStdin() : readFile());
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (!isStdin) throw unreadableFailure(name, path, error, isSecret);
    if (!(error instanceof UnsupportedFile)) throw error;
    throw usageFailure(
      "file_unreadable",
      `${name}: standard input cannot be read: ${error.message}`,
      "Pipe in what the command asks for",
    );
  }
}

/**
 * Reads a file, or standard input for `-`; `name` is the flag, for messages.
 * @throws Failure `file_unreadable`, or `stdin_is_terminal` for `-` if standard input is a terminal.
 */
export function readInput(name: string, path: string, io: Io): Promise<string> {
  return readFrom(name, path, io, () => io.readStdin(), () => readInputText(path));
}

/** {@link readInput} for a secret. No message repeats a path at which there is no file. */
export function readSecretInput(name: string, path: string, io: Io): Promise<SecretFile> {
  const readStdin = async () => ({ text: await io.readStdin(), findings: [] });
  return readFrom(name, path, io, readStdin, () => readSecretFile(path, "usage"), true);
}

export function readBytes(
  name: string,
  path: string,
  { io, bytes }: Pick<Runtime, "io" | "bytes">,
): Promise<Uint8Array<ArrayBuffer>> {
  return readFrom(name, path, io, () => bytes.readStdin(), () => readInputFile(path));
}

interface SecretInput {
  /** The secret, without the newline at its end. */
  readonly secret: string;
  readonly findings: readonly Judgement[];
}

export async function readSecret(name: string, path: string, io: Io): Promise<SecretInput> {
  const { text, findings } = await readSecretInput(name, path, io);
  const secret = text.replace(/\r?\n$/, "");
  if (secret.trim() === "") {
    throw usageFailure("secret_empty", `${name}: ${quoted(path)} contains no secret`);
  }
  if (/[\r\n]/.test(secret)) {
    throw usageFailure(
      "secret_several_lines",
      `${name}: ${quoted(path)} contains more than one line`,
      "The file must contain the secret and nothing else",
    );
  }
  return { secret, findings };
}

/** Reads a JSON object: inline, `@file`, or `-` (also `@-`) for standard input. */
export async function readJsonObject(
  name: string,
  argument: string,
  io: Io,
): Promise<Readonly<Record<string, unknown>>> {
  const source = argument === "-" ? "-" : argument.startsWith("@") ? argument.slice(1) : undefined;
  if (source === "") {
    throw usageFailure("invalid_value", `${name}: no path follows "@"`, "Write @file.json");
  }
  const text = source === undefined ? argument : await readInput(name, source, io);
  const parsed = exactJson(text);
  if (isObject(parsed) && !isRawNumber(parsed)) return parsed;
  const where = source === undefined ? quoted(argument, 60) : `the text of ${quoted(source)}`;
  throw usageFailure(
    "json_invalid",
    `${name}: ${where} is ${parsed === undefined ? "not JSON" : "not a JSON object"}`,
    `Give an object such as '{"city":"Oslo"}', or @file with one in it`,
  );
}

/** The content of `--ca-file`, which must have a certificate; none without the flag. */
export async function readAuthorities(path: string | undefined, io: Io): Promise<string[]> {
  if (path === undefined) return [];
  const pem = await readInput("--ca-file", path, io);
  const objection = opensslFormObjection(pem, path);
  const isCertificate = pemBlocks(pem).some(({ label }) => label === "CERTIFICATE");
  if (isCertificate && objection === undefined) return [pem];
  throw usageFailure(
    "no_certificate",
    `--ca-file: ${quoted(path)} ${objection?.why ?? "contains no PEM certificate"}`,
    objection?.remedy ??
      "Use a file with -----BEGIN CERTIFICATE-----",
  );
}
