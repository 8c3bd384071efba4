import type { OptionTexts } from "../../../core/command_text.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { accountFlag, type EntrySummary, type StoredFlags } from "../../../store/stored_entry.ts";
import { isWithoutPassword } from "../../args/url_value.ts";

export interface NetworkOptions {
  readonly caFile?: string | undefined;
  readonly caStore?: string | undefined;
  readonly proxy?: string | undefined;
}

/** The flags of a command that a sign-in needs too; a proxy with a password is not printed. */
export function networkFlags({ caFile, caStore, proxy }: NetworkOptions): StoredFlags {
  const printed = proxy !== undefined && isWithoutPassword(proxy) ? proxy : undefined;
  return pickDefined({ caFile, caStore, proxy: printed });
}

/** The flags by which another command finds and uses a stored sign-in. */
export function signInOptions(
  { serverUrl, account, loginFlags, name }:
    & Pick<EntrySummary, "serverUrl" | "account">
    & Partial<Pick<EntrySummary, "loginFlags" | "name">>,
  file?: string,
): OptionTexts {
  const isNamed = name !== undefined && file === undefined;
  return {
    url: isNamed ? name : serverUrl,
    credentialsFile: file,
    account: file === undefined && !isNamed ? accountFlag(account) : undefined,
    caFile: loginFlags?.["caFile"],
    caStore: loginFlags?.["caStore"],
    proxy: loginFlags?.["proxy"],
  };
}
