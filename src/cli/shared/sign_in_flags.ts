import { shellWord } from "../../core/text.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "../../store/stored_entry.ts";

export function signInFlags(
  { serverUrl, account }: Pick<EntrySummary, "serverUrl" | "account">,
  file?: string,
): string {
  const which = file !== undefined
    ? ` --credentials-file ${shellWord(file)}`
    : account === DEFAULT_ACCOUNT
    ? ""
    : ` --account ${shellWord(account)}`;
  return `--url ${shellWord(serverUrl)}${which}`;
}
