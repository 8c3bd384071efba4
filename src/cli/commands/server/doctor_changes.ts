/** What changed between two rounds of `server doctor --watch`. @module */

import type { CheckResult } from "../../../audit/doctor/doctor_check.ts";

type Status = CheckResult["status"];

export interface CheckChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly id: string;
  readonly title: string;
  /** `unchecked`: another fault now prevents the check. */
  readonly change: "fixed" | "new" | "changed" | "unchecked";
  readonly from: Status;
  readonly to: Status;
  readonly detail: string;
}

type Check = Pick<CheckResult, "id" | "title" | "status" | "detail">;

const isFinding = (status: Status | undefined) => status === "error" || status === "warning";

function changeOf(
  before: Check | undefined,
  { status, detail }: Check,
): CheckChange["change"] | null {
  if (!isFinding(before?.status)) return isFinding(status) ? "new" : null;
  if (status === "ok") return "fixed";
  if (status === "skipped") return "unchecked";
  // A detail that only counts time or bytes is the same.
  const words = (text: string | undefined) => text?.replace(/\d+/g, "0");
  return before?.status === status && words(before.detail) === words(detail) ? null : "changed";
}

export function checkChanges(
  before: readonly Check[],
  after: readonly Check[],
  at: number,
): CheckChange[] {
  return after.flatMap((check) => {
    const old = before.find(({ id }) => id === check.id);
    const change = changeOf(old, check);
    if (change === null) return [];
    const { id, title, status: to, detail } = check;
    return [{ at, id, title, change, from: old?.status ?? "skipped", to, detail }];
  });
}
