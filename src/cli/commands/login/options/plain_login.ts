import type { FlagRule, Invocation } from "../../../command/command.ts";
import type { LOGIN_FLAGS, LoginOptions } from "./login_flags.ts";

/** Options of rules that no login without {@link RULED_OPTIONS} breaks. */
export const PLAIN_OPTIONS: readonly (keyof LoginOptions)[] = [
  "registration",
  "authMode",
  "protocolVersion",
  "store",
  "noStore",
  "dryRun",
  "verifyCallTool",
];

/** The other options of the rules. */
export const RULED_OPTIONS: readonly (keyof LoginOptions)[] = [
  ...["assertionFile", "authorizationServerMetadata", "authorizeParam", "begin"] as const,
  ...["browser", "clientCert", "clientId", "clientKey", "clientKeyPassphraseFile"] as const,
  ...["clientMetadataUrl", "clientSecret", "clientSecretFile", "credentialsOut"] as const,
  ...["hideSecrets", "idTokenFile", "idpClientId", "idpClientSecret"] as const,
  ...["idpClientSecretFile", "idpIssuer", "idpTokenEndpoint", "noBrowser", "par"] as const,
  ...["printUrl", "privateKeyFile", "privateKeyPassphraseFile", "redirectUrl"] as const,
  ...["registrationTokenFile", "resourceMetadata", "softwareStatementFile"] as const,
  ...["tokenAuthMethod", "toolArgs"] as const,
];

/** The options of a login in two processes, which have rules of their own. */
export const HAND_OVER_OPTIONS: readonly (keyof LoginOptions)[] = [
  ...["begin", "finish", "handle", "handleOut"] as const,
];

export const PLAIN_VALUES = {
  registration: [undefined, "auto", "dcr"],
  authMode: [undefined, "interactive", "headless"],
} as const;

/** The rules between the flags of a login; none if it can break none of them. */
export async function loginRules(
  { options: { authMode, registration }, sources }: Invocation<typeof LOGIN_FLAGS>,
): Promise<readonly FlagRule<typeof LOGIN_FLAGS>[]> {
  const values: { registration: readonly unknown[]; authMode: readonly unknown[] } = PLAIN_VALUES;
  const isPlain = !RULED_OPTIONS.some((option) => sources.has(option)) &&
    values.registration.includes(registration) && values.authMode.includes(authMode);
  const isHandedOver = HAND_OVER_OPTIONS.some((option) => sources.has(option));
  if (isPlain && !isHandedOver) return [];
  const { LOGIN_RULES } = await import("./login_rules.ts");
  if (!isHandedOver) return LOGIN_RULES;
  return [...(await import("./hand_over_rules.ts")).HAND_OVER_RULES, ...LOGIN_RULES];
}
