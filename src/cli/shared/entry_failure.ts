import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { accountFlag } from "../../store/stored_entry.ts";

interface Entry {
  readonly serverUrl: string;
  readonly account: string | null;
}

/** The failure of one of several entries; it says which one. */
export function failureOfEntry({ serverUrl, account }: Entry, failure: Failure): Failure {
  const label = accountFlag(account);
  const who = label === undefined ? "" : ` (account ${quoted(label, 60)})`;
  const { code, message } = failure;
  return new Failure(code, `${quoted(serverUrl)}${who}: ${message}`, failure);
}
