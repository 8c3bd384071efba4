/** The effects that are handed in, so that tests can replace them. @module */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Waits so many milliseconds; absent: in real time.
   *
   * Rejects when the signal aborts.
   */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Env {
  /** The value, or undefined when unset. */
  get(name: string): string | undefined;
  toObject(): Record<string, string>;
}

/** Work to do after the result was printed, before the process ends; the signal asks to be quick. */
export type BeforeExit = ((signal: AbortSignal) => Promise<void>)[];

/** The terminal, or what stands in its place. */
export interface Io {
  /**
   * Writes result text. Whether its reader is still there matters only for what exists `nowhereElse`.
   *
   * @throws Failure `output_not_written`, here or in `flush`.
   */
  out(text: string, nowhereElse?: boolean): void;
  err(text: string): void;
  /**
   * Waits until everything is written; absent if every write is synchronous.
   *
   * @throws Failure `output_not_written`.
   */
  flush?(): Promise<void>;
  /** True when standard input is a terminal. */
  readonly stdinIsTerminal: boolean;
  /** True when standard output is a terminal. */
  readonly stdoutIsTerminal: boolean;
  /** True when standard error is a terminal. */
  readonly stderrIsTerminal: boolean;
  /** Columns of the terminal on standard error; 80 when there is none. */
  columns(): number;
  readStdin(): Promise<string>;
}
