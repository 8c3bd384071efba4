export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits; rejects when the signal aborts. Absent: a real timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Env {
  get(name: string): string | undefined;
  toObject(): Record<string, string>;
}

/** Work to do after the result was printed, before the process ends; the signal asks to be quick. */
export type BeforeExit = ((signal: AbortSignal) => Promise<void>)[];

/** The standard streams. */
export interface Io {
  /**
   * @param nowhereElse True if a closed pipe is a failure: the result is stored nowhere else.
   * @throws Failure `output_not_written`, here or in `flush`.
   */
  out(text: string, nowhereElse?: boolean): void;
  err(text: string): void;
  /** Waits until everything is written; absent if every write is synchronous. */
  flush?(): Promise<void>;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Columns of the terminal on standard error; 80 when there is none. */
  columns(): number;
  readStdin(): Promise<string>;
}
