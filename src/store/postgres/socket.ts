/**
 * The stream that the client library reads and writes: a connection of this runtime. It loads
 * neither `node:net` nor `node:tls`, and each of its errors reaches a promise. @module
 */

import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";

const READ_BYTES = 64 * 1024;

type Written = (() => void) | undefined;

/** Emits `connect`, `data`, `error` and `close`, as the socket of Node does. */
export class DatabaseSocket extends EventEmitter {
  writable = true;
  readonly #open: (signal: AbortSignal) => Promise<Deno.Conn>;
  readonly #opening = new AbortController();
  #conn: Deno.Conn | undefined;
  #chunks: Uint8Array[] = [];
  #written: Written[] = [];
  #isWriting = false;

  constructor(open: (signal: AbortSignal) => Promise<Deno.Conn>) {
    super();
    this.#open = open;
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  /** The library names the address, but the opener knows it. */
  connect(): void {
    this.#open(this.#opening.signal).then((conn) => {
      if (!this.writable) return conn.close();
      this.#conn = conn;
      this.emit("connect");
      return this.#read(conn);
    }).catch((error) => this.destroy(error));
  }

  async #read(conn: Deno.Conn): Promise<void> {
    const bytes = new Uint8Array(READ_BYTES);
    while (this.writable) {
      const length = await conn.read(bytes);
      if (length === null) return this.destroy();
      this.emit("data", Buffer.from(bytes.slice(0, length).buffer));
    }
  }

  /** What is written in one turn of the event loop is one packet. */
  write(bytes: Uint8Array, written?: Written): boolean {
    this.#chunks.push(bytes);
    this.#written.push(written);
    if (!this.#isWriting) {
      this.#isWriting = true;
      queueMicrotask(() => this.#flush().catch((error) => this.destroy(error)));
    }
    return true;
  }

  async #flush(): Promise<void> {
    while (this.#chunks.length > 0 && this.#conn !== undefined) {
      const [chunks, written] = [this.#chunks, this.#written];
      [this.#chunks, this.#written] = [[], []];
      let bytes: Uint8Array = Buffer.concat(chunks);
      while (bytes.length > 0) bytes = bytes.subarray(await this.#conn.write(bytes));
      for (const done of written) done?.();
    }
    this.#isWriting = false;
  }

  end(): void {
    this.destroy();
  }

  destroy(error?: unknown): void {
    if (!this.writable) return;
    this.writable = false;
    if (this.#conn === undefined) this.#opening.abort();
    try {
      this.#conn?.close();
    } catch {
      // Already closed.
    }
    if (error !== undefined) this.emit("error", error);
    this.emit("close");
  }
}
