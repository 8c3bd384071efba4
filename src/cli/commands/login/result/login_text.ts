import type {
  PlannedLogin,
  Verification,
  VerificationPart,
} from "../../../../flow/context/login_result.ts";
import type { RegistrationApproach } from "../../../../oauth/mcp/revision.ts";
import {
  findingsText,
  type NextCommand,
  nextLines,
  type Row,
  rowsText,
  safeText,
  type View,
} from "../../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../../terminal/layout.ts";
import { formatDuration, formatPeriod } from "../../../../core/quantities.ts";
import type { LoginDocument, PrintedCredentials, SecretMember } from "./login_document.ts";

export interface LoginText {
  readonly result: LoginDocument;
  readonly location: "stored" | "in the credentials file" | "nowhere else";
  readonly view: View;
  readonly files: readonly Field[];
  readonly next?: NextCommand | undefined;
}

const REGISTRATION: Readonly<Record<RegistrationApproach, string>> = {
  cimd: "client metadata document, CIMD",
  dcr: "registered dynamically, DCR",
  preregistered: "preregistered",
  none: "not required",
};

function expiry({ expiresIn, expiresAt }: PrintedCredentials): string {
  if (expiresIn === null) return expiresAt ?? "unknown: the server does not say";
  const period = expiresIn < 0
    ? `${formatPeriod(-expiresIn)} ago`
    : `in ${formatPeriod(expiresIn)}`;
  return `${period}${expiresAt === null ? "" : ` (${expiresAt})`}`;
}

const SECRET_LABELS: Readonly<Record<SecretMember, string>> = {
  accessToken: "Access token",
  refreshToken: "Refresh token",
  idToken: "ID token",
  clientSecret: "Client secret",
};

function secretRow(
  name: SecretMember,
  { [name]: value, hidden }: PrintedCredentials,
  location: LoginText["location"],
): Field[] {
  const label = SECRET_LABELS[name];
  const reason = hidden?.[name];
  if (reason === "given") return [[label, "not printed: it equals a secret that you supplied"]];
  if (reason !== undefined) {
    if (location === "nowhere else") return [[label, "hidden, and not stored"]];
    const printed = name === "accessToken" ? " (mcpass token prints it)" : "";
    return [[label, location + printed]];
  }
  if (typeof value === "string") return [[label, value, "exact"]];
  return name === "refreshToken" ? [[label, "none issued"]] : [];
}

function credentialRows(
  result: LoginDocument,
  credentials: PrintedCredentials,
  location: LoginText["location"],
): Field[] {
  const client = credentials.clientId === ""
    ? REGISTRATION.none
    : result.registrationStrategy === null
    ? credentials.clientId
    : `${credentials.clientId} (${REGISTRATION[result.registrationStrategy]})`;
  const secret = (name: SecretMember) => secretRow(name, credentials, location);
  return [
    ...secret("accessToken"),
    ...secret("refreshToken"),
    ...secret("idToken"),
    ["Token type", credentials.tokenType],
    ["Expires", expiry(credentials)],
    ["Scope", credentials.scope || "not stated by the server"],
    ["Client", client],
    ...secret("clientSecret"),
    ["Issuer", credentials.issuer],
    ["Resource", credentials.resource ?? "not sent"],
    ["Protocol", result.protocolVersion],
  ];
}

function verificationRows({ listTools, callTool }: Verification): Field[] {
  const outcome = ({ passed, durationMs, error }: VerificationPart, done: string) => {
    const took = formatDuration(durationMs);
    const why = error === undefined ? "" : `: ${error}`;
    return passed ? `${done} in ${took}` : `failed after ${took}${why}`;
  };
  const rows: Field[] = [];
  if (listTools !== undefined) {
    const { toolCount } = listTools;
    const done = toolCount === undefined ? "listed" : `${toolCount} listed`;
    rows.push(["Tools", outcome(listTools, done)]);
  }
  if (callTool !== undefined) {
    rows.push(["Tool call", `${callTool.toolName} ${outcome(callTool, "answered")}`]);
  }
  return rows;
}

function planRows(plan: PlannedLogin, result: LoginDocument): Row[] {
  // The plan is made before mcpass reads the store.
  const client = plan.registration === "dcr"
    ? "the stored registration, else dynamic registration (DCR)"
    : REGISTRATION[plan.registration];
  return [
    ["Issuer", plan.issuer],
    ["Client", client],
    ["Authentication", plan.tokenAuthMethod ?? "chosen by the registration"],
    ["Scope", plan.scope || "not requested: the server decides"],
    ["Resource", plan.resource ?? "not sent"],
    ["Authorization", plan.endpoints.authorization ?? "not needed"],
    ["Token", plan.endpoints.token],
    ["Registration", plan.endpoints.registration ?? "none"],
    ["Protocol", result.protocolVersion],
  ];
}

/** Empty without credentials and without a plan. */
export function resultText(text: LoginText): string {
  const { result, location, view, files } = text;
  const { style, width } = view;
  const { credentials, plan } = result;
  const server = safeText(result.serverUrl, view);
  const lines: string[] = [];
  if (credentials !== null) {
    const [first, colour] = result.completed
      ? [`Signed in to ${server}`, style.green]
      : [`Signed in to ${server}, but not every step succeeded`, style.yellow];
    // The credentials are the result, already without hidden secrets, so they are not masked here.
    const unmasked: View = { ...view, mask: (value) => value };
    const rows = credentialRows(result, credentials, location)
      .map(([label, value, exact]): Field => [label, safeText(value, unmasked, Infinity), exact]);
    lines.push(...wrap(first, width).map((line) => colour(style.bold(line))), "");
    const verified = verificationRows(result.verification ?? {})
      .map(([label, value]): Field => [label, safeText(value, view)]);
    lines.push(...fields([...rows, ...verified], width));
  } else if (plan !== undefined) {
    lines.push(...wrap(`Would sign in to ${server}`, width).map(style.bold), "");
    lines.push(...rowsText(planRows(plan, result), view));
  } else return "";
  if (result.completed && result.findings.length > 0) {
    lines.push("", ...findingsText(result.findings, view));
  }
  if (files.length > 0) lines.push("", ...fields(files, width));
  if (result.completed && text.next) lines.push("", ...nextLines(text.next, view));
  return `${lines.join("\n")}\n`;
}
