/** The files of `src` and their functions, as TypeScript's parser sees them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const readText = (path: string): string => readFileSync(root + path, 'utf8');

/** Paths of all source files, with forward slashes: `src/base/error.ts`. */
export const sourceFiles: readonly string[] = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .sort();

export function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readText(path), ts.ScriptTarget.ES2022, true);
}

export interface SourceFunction {
  /** `src/file.ts name`, or the name of the function around it for one without a name. */
  readonly name: string;
  readonly lines: number;
  /** A comment that begins with "Long because" stands above it or in its first lines. */
  readonly hasReason: boolean;
}

export function functionsOf(path: string): readonly SourceFunction[] {
  const file = parse(path);
  const found: SourceFunction[] = [];
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node, around: string): void => {
    let name = around;
    if (isFunction(node) && node.body !== undefined) {
      name = nameOf(node) ?? `${around} (inner)`;
      const first = lineOf(node.getStart(file));
      const head = file.text.slice(
        outermost(node).getFullStart(),
        file.getPositionOfLineAndCharacter(Math.min(first + 6, lineOf(file.end)), 0),
      );
      found.push({ name: `${path} ${name}`, lines: lineOf(node.end) - first + 1, hasReason: /(?:\/\/|\*) Long because /.test(head) });
    }
    node.forEachChild((child) => visit(child, name));
  };
  visit(file, '(file)');
  return found;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node) ||
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node)
  );
}

/** The name of the function, or of what it is assigned to. */
function nameOf(node: ts.FunctionLikeDeclaration): string | null {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && parent.initializer === node
    ? parent.name.getText()
    : null;
}

/** The statement or member that the function is written in, where that begins with it: the comment stands above that. */
function outermost(node: ts.Node): ts.Node {
  let at = node;
  while (!ts.isStatement(at) && !ts.isClassElement(at) && !ts.isObjectLiteralElement(at) && !ts.isSourceFile(at.parent)) at = at.parent;
  return at;
}
