/**
 * Holds the style of messages, hints, comments and titles of tests: messages start in lower case and end without a period; hints are
 * sentences; comments and titles avoid constructions that a native writer would not use.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Literal {
  readonly place: string;
  /** Holes are written `${}`. */
  readonly text: string;
}

/** The text of a string or template literal, null if the value is computed in another way. */
function textOf(node: ts.Expression): string | null {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map((span) => `\${}${span.literal.text}`).join('');
  return null;
}

/** The literals that a value may be: the value itself, or the branches of a conditional. */
function literals(node: ts.Expression): readonly string[] {
  if (ts.isParenthesizedExpression(node)) return literals(node.expression);
  if (ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...literals(node.left), ...literals(node.right)];
  const text = textOf(node);
  return text === null ? [] : [text];
}

/** Paths of the TypeScript files beneath a folder of the project. */
const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);

const sources = new Map<string, ts.SourceFile>();

/** Parses a file once for all tests. */
function sourceOf(file: string): ts.SourceFile {
  const source = sources.get(file) ?? ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.ES2022, true);
  sources.set(file, source);
  return source;
}

/** Every literal beneath a folder that `select` takes from a node. */
function literalsIn(folder: string, select: (node: ts.Node, source: ts.SourceFile) => ts.Expression | undefined): readonly Literal[] {
  return filesOf(folder).flatMap((file) => {
    const source = sourceOf(file);
    const found: Literal[] = [];
    const visit = (node: ts.Node): void => {
      const selected = select(node, source);
      if (selected !== undefined) {
        const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
        for (const text of literals(selected)) found.push({ place: `${file}:${line}`, text });
      }
      node.forEachChild(visit);
    };
    visit(source);
    return found;
  });
}

/** Every literal given to a property of this name in an object. */
const valuesOf = (property: string): readonly Literal[] =>
  literalsIn('src', (node, source) =>
    ts.isPropertyAssignment(node) && node.name.getText(source) === property ? node.initializer : undefined,
  );

/** The first argument of every call of `describe`, `it` and `test`, with `.each(…)` and the like in between or not. */
const titles = (): readonly Literal[] =>
  literalsIn('test', (node, source) =>
    ts.isCallExpression(node) && /^(describe|it|test)\b(?!\.(each|for)\([^]*\)\.)/.test(node.expression.getText(source))
      ? node.arguments[0]
      : undefined,
  );

/** Every comment beneath a folder that stands on its own lines, in one line each. */
function comments(folder: string): readonly Literal[] {
  return filesOf(folder).flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return [...source.matchAll(/(?:^ *(?:\/\/|\/?\*).*\n)+/gm)].map(({ 0: block, index }) => ({
      place: `${file}:${source.slice(0, index).split('\n').length}`,
      text: block.replace(/^ *(?:\/\/|\/?\*+\/?) ?/gm, '').replaceAll('\n', ' '),
    }));
  });
}

/** Words that keep their capital: proper names, and names that the user typed or sees written so. */
const properNames =
  /^(A TLS|Maven|Leiningen|Gradle|Clojars|Central|GnuPG|OpenPGP|PGP|POM|POMs|HTTP|HTTPS|DNS|TLS|URL|URLs|JSON|XML|EDN|SHA|MD5|BOM|ERR|Ctrl|DSA|RSA|SSH|UTF|Node|Java|Windows|Linux|Debian|Boot|PEM|ID|IDs|ASCII|SOCKS|ECDSA|Range|Content|Location|Retry|[A-Z]+_[A-Z_]+)\b/;

/** The argument at this position of every call of `usageError`. */
const usageTexts = (position: number): readonly Literal[] =>
  literalsIn('src', (node) =>
    ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'usageError'
      ? node.arguments[position]
      : undefined,
  );

const messages = [...valuesOf('message'), ...usageTexts(0)];
const allHints = [...valuesOf('hint'), ...usageTexts(1)];

describe('messages', () => {
  test('are found', () => {
    expect(messages.length).toBeGreaterThan(150);
  });

  test('start in lower case, with a name, or with a value', () => {
    const wrong = messages.filter(({ text }) => /^[A-Z]/.test(text) && !properNames.test(text));
    expect(wrong.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
  });

  test('end without a period', () => {
    const wrong = messages.filter(({ text }) => /[^.]\.$/.test(text));
    expect(wrong.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
  });
});

describe('hints', () => {
  const hints = allHints.filter(({ text }) => text !== '');

  test('are found', () => {
    expect(hints.length).toBeGreaterThan(80);
  });

  test('start with a capital, a value, or a command', () => {
    const wrong = hints.filter(({ text }) => /^[a-z]/.test(text));
    expect(wrong.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
  });

  test('end with a period or a value', () => {
    const wrong = hints.filter(({ text }) => !/(\.|\?|\$\{\})$/.test(text));
    expect(wrong.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
  });
});

describe('English', () => {
  /** Constructions that a native writer would not use; each names its replacement. */
  const foreign: readonly (readonly [RegExp, string])[] = [
    [/\bpass(ed|es)? over\b/i, 'skip'],
    [/\b(is|are|was|were) no (?!longer|more|match|such|matter)[a-z]/i, 'is not a'],
    [/\b(nobody|somebody|whoever)\b/i, 'name the person or the thing'],
    [/\bbeside\b/i, 'alongside, besides, next to'],
    [/\bwhere there is none\b/i, 'if … is missing'],
    [/\bcounts? for nothing\b/i, 'does not count'],
  ];

  test('of messages and hints is idiomatic', () => {
    const texts = [...messages, ...allHints];
    const wrong = texts.flatMap(({ place, text }) =>
      foreign.filter(([pattern]) => pattern.test(text)).map(([, better]) => `${place}: ${text} (${better})`),
    );
    expect(wrong).toEqual([]);
  });

  /** Constructions that comments avoid. "There is no …" and "is no longer" are plain English. */
  const foreignInComments: readonly (readonly [RegExp, string])[] = [
    [/(?<!one )\bpass(ed|es)? over\b/i, 'skip'],
    [/(?<!there )\b(is|are|was|were) no (?!longer\b|more\b|match\b|such\b|matter\b)[a-z]/i, 'is not a'],
    [/\b(nobody|somebody|whoever)\b/i, 'name the person or the thing'],
    [/\bbeside\b/i, 'alongside, besides, next to'],
    [/\bwhere there (is|are) none\b/i, 'if … is missing'],
    [/\bcounts? for nothing\b/i, 'does not count'],
    [/\banew\b/i, 'again'],
    [/^(What|Who|Whoever|That) [a-z]+ /, 'begin with a verb or a noun'],
  ];

  test.each([
    ['src', 2000],
    ['test', 1000],
  ])('of comments in %s is idiomatic', (folder, least) => {
    const all = comments(folder).filter(({ place }) => !place.includes('architecture/messages'));
    const wrong = all.flatMap(({ place, text }) =>
      foreignInComments.filter(([pattern]) => pattern.test(text.trim())).map(([, better]) => `${place}: ${text} (${better})`),
    );
    expect(all.length).toBeGreaterThan(least);
    expect(wrong).toEqual([]);
  });

  /** Besides the constructions above: a title is about a unit or a situation, and so does not begin with a pronoun. */
  const foreignInTitles: typeof foreignInComments = [
    ...foreignInComments,
    [/^(what|who|whoever|whom|those (that|who)|is no|are no)\b/i, 'name the unit or the situation'],
  ];

  test('of titles of tests is idiomatic', () => {
    const all = titles();
    const wrong = all.flatMap(({ place, text }) =>
      foreignInTitles.filter(([pattern]) => pattern.test(text)).map(([, better]) => `${place}: ${text} (${better})`),
    );
    expect(all.length).toBeGreaterThan(1500);
    expect(wrong).toEqual([]);
  });
});
