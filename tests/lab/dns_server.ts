/**
 * A name server on loopback that answers what a test tells it, and keeps the questions.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";

/** A question. */
export interface DnsQuestion {
  /** Name without the final dot, in lower case. */
  readonly name: string;
  /** `A`, `AAAA`, or the number of another type. */
  readonly type: string;
}

/** A running name server. */
export interface DnsServer extends AsyncDisposable {
  /** Where it listens, as `Deno.resolveDns` takes it. */
  readonly nameServer: { readonly ipAddr: string; readonly port: number };
  /** Every question, in order of arrival. */
  readonly questions: readonly DnsQuestion[];
}

/**
 * The addresses for a question; empty for a name without such records, undefined for silence,
 * `SERVFAIL` for that fault.
 *
 * @param nth How many questions of this name and type came before.
 */
export type DnsAnswers = (
  question: DnsQuestion,
  nth: number,
) => readonly string[] | "SERVFAIL" | undefined;

const TYPES: Readonly<Record<number, string>> = { 1: "A", 28: "AAAA" };
const HEAD_BYTES = 12;

/** The name at the start of a question, and where it ends. */
function nameAt(message: Uint8Array, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(new TextDecoder().decode(message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

/** The bytes of an address in its usual notation. */
function addressBytes(address: string): number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [head = "", tail] = address.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const FAULTLESS = 0x80;
const SERVFAIL = 0x82;

function answerTo(
  message: Uint8Array,
  end: number,
  addresses: readonly string[],
  code = FAULTLESS,
): Uint8Array {
  const records = addresses.flatMap((address) => {
    const bytes = addressBytes(address);
    const type = bytes.length === 4 ? 1 : 28;
    return [0xc0, HEAD_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes];
  });
  const question = message.slice(HEAD_BYTES, end + 4);
  const head = [
    message[0] ?? 0,
    message[1] ?? 0,
    0x81,
    code,
    0,
    1,
    0,
    addresses.length,
    0,
    0,
    0,
    0,
  ];
  return new Uint8Array([...head, ...question, ...records]);
}

/** Starts one on 127.0.0.1; the port is free unless one is named. */
export async function startDnsServer(
  answers: DnsAnswers,
  port = 0,
  address = "127.0.0.1",
): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const questions: DnsQuestion[] = [];
  socket.on("message", (message: Uint8Array, from: { address: string; port: number }) => {
    const { name, end } = nameAt(message, HEAD_BYTES);
    const number = ((message[end] ?? 0) << 8) | (message[end + 1] ?? 0);
    const question = { name, type: TYPES[number] ?? String(number) };
    const nth = questions.filter((it) => it.name === name && it.type === question.type).length;
    questions.push(question);
    const addresses = answers(question, nth);
    if (addresses === undefined) return;
    const answer = addresses === "SERVFAIL"
      ? answerTo(message, end, [], SERVFAIL)
      : answerTo(message, end, addresses);
    socket.send(Buffer.from(answer), from.port, from.address);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind(port, address, () => resolve());
  await promise;
  return {
    nameServer: { ipAddr: address, port: socket.address().port },
    questions,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      socket.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
