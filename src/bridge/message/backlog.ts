/** The bytes of messages that are read and not yet passed on. @module */

export interface Backlog {
  /** Counts a message; the returned function ends that, and does nothing when it is called again. */
  add(length: number): () => void;
  /** Resolves when there is room for another message. */
  room(): Promise<void>;
}

export function createBacklog(maxLength: number): Backlog {
  let total = 0;
  let waiting: (() => void)[] = [];
  return {
    add(length) {
      let left = length;
      total += length;
      return () => {
        total -= left;
        left = 0;
        if (total > maxLength) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    async room() {
      while (total > maxLength) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
