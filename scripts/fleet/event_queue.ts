/**
 * Simulated time: processes that sleep, and the queue of when they continue.
 *
 * @module
 */

/** What a process waits for: milliseconds. */
export type Process<T = void> = Generator<number, T, void>;

interface Event {
  readonly at: number;
  /** Events at one time continue in the order in which they were added. */
  readonly order: number;
  readonly process: Process;
}

const isBefore = (one: Event, other: Event) =>
  one.at < other.at || one.at === other.at && one.order < other.order;

/** A binary heap of events. */
export class EventQueue {
  readonly #events: Event[] = [];
  #order = 0;
  /** Milliseconds since the start. */
  now = 0;

  start(process: Process, delayMs = 0): void {
    this.#push({ at: this.now + delayMs, order: this.#order++, process });
  }

  /** Runs until this time. */
  run(untilMs: number): void {
    for (let event = this.#pop(untilMs); event !== undefined; event = this.#pop(untilMs)) {
      this.now = event.at;
      const { done, value } = event.process.next();
      if (!done) this.start(event.process, value);
    }
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent];
      if (above === undefined || isBefore(above, event)) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }

  #pop(untilMs: number): Event | undefined {
    const events = this.#events;
    const [first] = events;
    if (first === undefined || first.at > untilMs) return undefined;
    const last = events.pop();
    if (last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = events[2 * at + 1];
      const right = events[2 * at + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left)
        ? right
        : left;
      if (child === undefined || !isBefore(child, last)) break;
      events[at] = child;
      at = child === left ? 2 * at + 1 : 2 * at + 2;
    }
    events[at] = last;
    return first;
  }
}
