/**
 * Reads a remedy, for a screen or a document. Each line is for one party, named before a
 * colon, else for the person who runs mcpass; an indented line is a command to copy.
 * @module
 */

const PARTIES = {
  "Server": "server",
  "Authorization server": "authorization_server",
  "Identity provider": "identity_provider",
  "You": "you",
} as const;

export type Party = (typeof PARTIES)[keyof typeof PARTIES];

export const PARTY_NAMES: Readonly<Record<Party, string>> = {
  server: "Server",
  authorization_server: "Authorization server",
  identity_provider: "Identity provider",
  you: "You",
};

/** What one party can change. */
export interface Fix {
  readonly party: Party;
  readonly text: string;
  /** Commands that need a value of the reader, or come after {@link Advice.try}. */
  readonly commands: readonly string[];
}

export interface Advice {
  readonly fixes: readonly Fix[];
  /** The first command that runs as it is. */
  readonly try: string | undefined;
}

/** True if a person has to fill in something. */
export function hasPlaceholder(command: string): boolean {
  return /<[a-z ]+>/.test(command);
}

const PARTY = /^(Server|Authorization server|Identity provider|You): (.*)$/;

function fixOf(line: string): Fix {
  const [, name, text = line] = PARTY.exec(line) ?? [];
  return { party: PARTIES[(name ?? "You") as keyof typeof PARTIES], text, commands: [] };
}

/** Each fix as one text; with several parties it names its own. */
export function fixTexts(fixes: readonly Fix[]): string[] {
  const hasParties = fixes.some(({ party }) => party !== "you");
  return fixes.map(({ party, text }) => hasParties ? `${PARTY_NAMES[party]}: ${text}` : text);
}

export function adviceOf(remedy: string | undefined): Advice {
  const fixes: Fix[] = [];
  let first: string | undefined;
  for (const line of remedy?.split("\n") ?? []) {
    const command = line.startsWith(" ") ? line.trim() : undefined;
    if (command === undefined) {
      if (line !== "") fixes.push(fixOf(line));
      continue;
    }
    const fix = fixes.pop() ?? fixOf("");
    if (first === undefined && !hasPlaceholder(command)) {
      first = command;
      fixes.push({ ...fix, text: fix.text.replace(/:$/, "") });
    } else fixes.push({ ...fix, commands: [...fix.commands, command] });
  }
  return { fixes: fixes.filter(({ text }) => text !== ""), try: first };
}
