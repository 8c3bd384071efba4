/** Every step a login can take, in order; `request` is the step of `oauth proxy`. */
export const STEPS = [
  "plan",
  "request_without_token",
  "resource_metadata",
  "authorization_server_metadata",
  "registration",
  "identity_login",
  "identity_exchange",
  "authorization",
  "token",
  "verify_list_tools",
  "verify_call_tool",
  "complete",
  "request",
] as const;

export type StepId = typeof STEPS[number];

/** One run of a step; a repeated step (step-up) has several records. */
export interface StepRecord {
  readonly step: StepId;
  readonly status: "running" | "done" | "failed" | "skipped";
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds; null while running. */
  readonly durationMs: number | null;
  readonly detail?: string;
}
