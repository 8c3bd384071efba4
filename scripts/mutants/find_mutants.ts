/**
 * Every mutant of a TypeScript file: one small change of its behaviour, at a position that the
 * parser found.
 *
 * @module
 */

import { type Node, parserOf } from "../tree_sitter.ts";

/** What a mutant changes. */
export type Kind = "guard" | "exit" | "constant" | "member" | "fallback" | "method";

/** One change of one file. */
export interface Mutant {
  /** The file's path from the repository. */
  readonly path: string;
  /** First line of the change, from 1. */
  readonly line: number;
  readonly kind: Kind;
  /** What the change is, without the text. */
  readonly change: string;
  /** First character that is replaced. */
  readonly from: number;
  /** Character after the last that is replaced. */
  readonly to: number;
  /** What is there instead. */
  readonly text: string;
}

type Change = Pick<Mutant, "kind" | "change" | "text"> & {
  readonly node: Node;
  readonly to?: Node;
};

/** Syntax without behaviour, or whose change no program survives. */
const SKIPPED =
  /^(comment|import_statement|interface_declaration|type_alias_declaration|ambient_declaration|type_annotation|type_arguments|type_parameters|type_predicate_annotation|\w+_type)$/;

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
};
const ARITHMETIC: Readonly<Record<string, string>> = { "+": "-", "-": "+", "*": "/", "/": "*" };
const METHODS: Readonly<Record<string, string>> = {
  every: "some",
  some: "every",
  startsWith: "includes",
  endsWith: "includes",
  min: "max",
  max: "min",
};
/** Methods that a mutant leaves out. */
const FILTERS = new Set(["filter", "toLowerCase", "toUpperCase", "trim", "trimEnd", "slice"]);
/** Words that are swapped; other strings are emptied. */
const WORDS: Readonly<Record<string, string>> = {
  error: "warning",
  warning: "info",
  info: "warning",
  S256: "plain",
};

function field(node: Node, name: string): Node {
  const found = node.childForFieldName(name);
  if (found === null) throw new Error(`A ${node.type} has no ${name}`);
  return found;
}

function named(node: Node): Node[] {
  return node.namedChildren.filter((child) => child !== null && child.type !== "comment") as Node[];
}

function condition(node: Node): Change[] {
  const inner = field(node, "condition");
  const forced = node.type.startsWith("while") || node.type.startsWith("do") ? ["false"] : [
    "true",
    "false",
  ];
  const wrap = inner.type === "parenthesized_expression"
    ? (text: string) => `(${text})`
    : (text: string) => text;
  return forced.map((value) => ({
    kind: "guard",
    change: `condition is always ${value}`,
    node: inner,
    text: wrap(value),
  }));
}

function isText(node: Node): boolean {
  return node.type === "string" || node.type === "template_string" ||
    (node.type === "binary_expression" && named(node).some(isText));
}

function binary(node: Node): Change[] {
  const [left, operator, right] = ["left", "operator", "right"].map((name) => field(node, name));
  if (left === undefined || operator === undefined || right === undefined) return [];
  const sign = operator.type;
  const operand = (kind: Kind) =>
    [left, right].map((side): Change => ({
      kind,
      change: `only one side of ${sign}`,
      node,
      text: side.text,
    }));
  if (sign === "??") return isPartOfSplit(left) ? [] : operand("fallback");
  if (sign === "&&" || sign === "||") {
    const other = sign === "&&" ? "||" : "&&";
    // In brackets: "??" cannot be next to them, and their ranks differ.
    const swapped = `(${left.text}) ${other} (${right.text})`;
    return [
      ...operand("guard"),
      { kind: "guard", change: `${sign} is ${other}`, node, text: `(${swapped})` },
    ];
  }
  if (sign === "in" || sign === "instanceof") {
    return ["true", "false"].map((text) => ({
      kind: "guard",
      change: `${sign} is ${text}`,
      node,
      text,
    }));
  }
  const calculated = ARITHMETIC[sign];
  const changes = (COMPARISONS[sign] ?? []).map((text): Change => ({
    kind: "guard",
    change: `${sign} is ${text}`,
    node: operator,
    text,
  }));
  if (calculated !== undefined && !isText(node)) {
    changes.push({
      kind: "constant",
      change: `${sign} is ${calculated}`,
      node: operator,
      text: calculated,
    });
  }
  return changes;
}

/** A statement that can be left out: a call for its effect, or an exit that is not alone in its block. */
function statement(node: Node): Change[] {
  const [expression] = named(node);
  if (node.type === "expression_statement") {
    const call = expression?.type === "await_expression" ? named(expression)[0] : expression;
    if (call?.type !== "call_expression") return [];
    return [{ kind: "exit", change: "call is left out", node, text: ";" }];
  }
  const block = node.parent;
  // Alone in its branch, it is left out where the condition is always false.
  if (block?.type !== "statement_block" || named(block).length < 2) return [];
  if (block.parent?.type !== "if_statement" && node.type === "return_statement") return [];
  return [{ kind: "exit", change: `${node.type.split("_")[0]} is left out`, node, text: ";" }];
}

/** `text.split(...)[0]`, which is there, though its type does not say so. */
function isPartOfSplit(node: Node | null): boolean {
  return node?.type === "subscript_expression" && /\.split\([^()]*\)\[0\]$/.test(node.text);
}

/** The default of a list's member, which mostly serves the types. */
function isMemberDefault(node: Node): boolean {
  return node.parent?.type === "assignment_pattern" && node.parent.parent?.type === "array_pattern";
}

/** Text for people: how it is put is not behaviour. */
function isSentence(node: Node): boolean {
  return isText(node) && node.text.includes(" ") && !/§|RFC /.test(node.text);
}

function string(node: Node): Change[] {
  const { parent } = node;
  if (parent === null || parent.type === "export_statement") return [];
  if (parent.type === "pair" && parent.childForFieldName("key")?.equals(node)) return [];
  const caller = parent.type === "arguments" ? parent.parent : null;
  if (caller?.childForFieldName("function")?.type === "import") return [];
  if (isSentence(node) || isMemberDefault(node)) return [];
  const value = node.text.slice(1, -1);
  const other = WORDS[value] ?? (value === "" ? "mutated" : "");
  return [{ kind: "constant", change: "string", node, text: JSON.stringify(other) }];
}

function regex(node: Node): Change[] {
  const pattern = field(node, "pattern").text;
  const flags = node.childForFieldName("flags")?.text ?? "";
  const changed = [["never matches", "(?!)", flags], ["always matches", "(?:)", flags]];
  if (pattern.startsWith("^")) changed.push(["without ^", pattern.slice(1) || "(?:)", flags]);
  if (/[^\\]\$$/.test(pattern)) changed.push(["without $", pattern.slice(0, -1), flags]);
  if (flags.includes("i")) changed.push(["without i", pattern, flags.replace("i", "")]);
  return changed.map(([what, text, kept]) => ({
    kind: "constant",
    change: `pattern ${what}`,
    node,
    text: `/${text}/${kept}`,
  }));
}

/** Members of a list, and of an object that is a table of the module. */
function members(node: Node): Change[] {
  const declared = node.type === "array" || isTable(node);
  if (!declared) return [];
  return named(node).flatMap((member): Change[] => {
    if (node.type === "object" && member.type !== "pair") return [];
    if (isSentence(member)) return [];
    const comma = member.nextSibling?.type === "," ? { to: member.nextSibling } : {};
    return [{ kind: "member", change: "member is left out", node: member, text: "", ...comma }];
  });
}

function isTable(node: Node): boolean {
  const { parent } = node;
  if (node.type !== "object" || parent === null) return false;
  const declarator = /^(as|satisfies)_expression$/.test(parent.type) ? parent.parent : parent;
  const declaration = declarator?.type === "variable_declarator" ? declarator.parent?.parent : null;
  return declaration?.type === "program" || declaration?.type === "export_statement";
}

function method(node: Node): Change[] {
  const callee = field(node, "function");
  if (callee.type !== "member_expression") return [];
  const property = field(callee, "property");
  const other = METHODS[property.text];
  if (other !== undefined && Object.hasOwn(METHODS, property.text)) {
    return [{
      kind: "method",
      change: `${property.text} is ${other}`,
      node: property,
      text: other,
    }];
  }
  if (!FILTERS.has(property.text)) return [];
  return [{
    kind: "method",
    change: `without ${property.text}`,
    node,
    text: field(callee, "object").text,
  }];
}

const RULES: Readonly<Record<string, (node: Node) => Change[]>> = {
  if_statement: condition,
  ternary_expression: condition,
  while_statement: condition,
  binary_expression: binary,
  return_statement: statement,
  throw_statement: statement,
  expression_statement: statement,
  string,
  regex,
  array: members,
  object: members,
  call_expression: method,
  unary_expression: (node) => {
    if (field(node, "operator").type !== "!") return [];
    return [{ kind: "guard", change: "without !", node, text: field(node, "argument").text }];
  },
  number: (node) => [{
    kind: "constant",
    change: "number",
    node,
    text: String(Number(node.text.replaceAll("_", "")) + 1),
  }],
  true: (node) => [{ kind: "constant", change: "boolean", node, text: "false" }],
  false: (node) => [{ kind: "constant", change: "boolean", node, text: "true" }],
  optional_chain: (node) => {
    const { parent } = node;
    if (isPartOfSplit(parent?.childForFieldName("object") ?? null)) return [];
    const text = parent?.type === "member_expression" ? "." : "";
    return [{ kind: "fallback", change: "without ?.", node, text }];
  },
};

function changesBelow(node: Node): Change[] {
  if (SKIPPED.test(node.type)) return [];
  const own = Object.hasOwn(RULES, node.type) ? RULES[node.type]?.(node) ?? [] : [];
  return [...own, ...node.children.flatMap((child) => child === null ? [] : changesBelow(child))];
}

/** Finds mutants; a parser has to be loaded first. */
export interface MutantFinder {
  /** Every mutant of a file, in the order of their positions. */
  find(path: string, source: string): Mutant[];
  /** Whether the change leaves a program, and another one. */
  isProgram(source: string, mutant: Mutant): boolean;
}

/** Loads the parser. */
export async function mutantFinder(): Promise<MutantFinder> {
  const parse = await parserOf("typescript");
  return {
    find: (path, source) =>
      parse(source, (root) => {
        if (root === null || root.hasError) throw new Error(`${path} cannot be parsed`);
        return changesBelow(root).map(({ node, to, kind, change, text }): Mutant => ({
          path,
          line: node.startPosition.row + 1,
          kind,
          change,
          from: node.startIndex,
          to: (to ?? node).endIndex,
          text,
        })).sort((a, b) => a.from - b.from || a.to - b.to);
      }),
    isProgram(source, mutant) {
      const text = applyMutant(source, mutant);
      return text !== source && parse(text, (root) => root?.hasError === false);
    },
  };
}

/** The file's text with the change. */
export function applyMutant(source: string, { from, to, text }: Mutant): string {
  return source.slice(0, from) + text + source.slice(to);
}
