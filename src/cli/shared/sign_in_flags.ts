import type { OptionTexts } from "../../core/command_text.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "../../store/stored_entry.ts";

/** The flags by which another command finds and uses a stored sign-in. */
export function signInOptions(
  { serverUrl, account, loginFlags }:
    & Pick<EntrySummary, "serverUrl" | "account">
    & Partial<Pick<EntrySummary, "loginFlags">>,
  file?: string,
): OptionTexts {
  return {
    url: serverUrl,
    credentialsFile: file,
    account: file !== undefined || account === DEFAULT_ACCOUNT ? undefined : account,
    caFile: loginFlags?.["caFile"],
    caStore: loginFlags?.["caStore"],
  };
}
