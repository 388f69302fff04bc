/**
 * Matches regular expressions from key maps in linear time.
 *
 * Key maps are written for Java's `Pattern`. Like JavaScript's, its matching can take centuries for an unlucky expression. Here an
 * expression becomes a Thompson automaton whose states are all followed at once, so the time is bounded by the length of the text times the
 * size of the expression. This excludes anything that is not regular (back references, look-around, possessive quantifiers). Such an
 * expression is refused: interpreting it differently from its author's intent would trust the wrong key.
 */
import { escapeForDisplay } from '../../../base/escape.js';

/** Whether the whole text matches, as Java's `String.matches`. */
export type TextMatcher = (text: string) => boolean;

/** Thrown for an expression that is not supported here. The message is a clause, escaped. */
export class RegularExpressionError extends Error {
  override readonly name = 'RegularExpressionError';
}

type CodeTest = (code: number) => boolean;

type Node =
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'set'; readonly test: CodeTest }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

type Instruction =
  | { readonly kind: 'set'; readonly test: CodeTest }
  | { readonly kind: 'start' | 'end' | 'match' }
  /** Continues at each of these. */
  | { readonly kind: 'fork'; readonly targets: number[] };

const maxLength = 1000;
const maxDepth = 50;
/** Counted repetitions are expanded: `(a{99}){99}` would be 9,801 instructions. */
const maxInstructions = 5000;

/**
 * Compiles an expression.
 * @param options.ignoreCase letters match in either case
 * @throws RegularExpressionError
 */
export function compileRegularExpression(pattern: string, options: { readonly ignoreCase: boolean }): TextMatcher {
  if (pattern.length > maxLength) throw new RegularExpressionError(`it has more than ${maxLength} characters`);
  const flags = /^\(\?i\)/.exec(pattern);
  const ignoreCase = options.ignoreCase || flags !== null;
  const node = new Parser(pattern, flags === null ? 0 : flags[0].length, ignoreCase).parse();
  const program: Instruction[] = [];
  emit(node, program);
  program.push({ kind: 'match' });
  return (text) => run(program, text);
}

class Parser {
  readonly #pattern: string;
  #index: number;
  readonly #ignoreCase: boolean;

  constructor(pattern: string, index: number, ignoreCase: boolean) {
    this.#pattern = pattern;
    this.#index = index;
    this.#ignoreCase = ignoreCase;
  }

  parse(): Node {
    const node = this.#choice(0);
    if (this.#index < this.#pattern.length) this.#fail('has a ) without its (');
    return node;
  }

  #fail(why: string): never {
    throw new RegularExpressionError(`${escapeForDisplay(this.#pattern, 120)} ${why}`);
  }

  #choice(depth: number): Node {
    if (depth > maxDepth) this.#fail(`has groups nested deeper than ${maxDepth}`);
    const parts = [this.#sequence(depth)];
    while (this.#pattern[this.#index] === '|') {
      this.#index++;
      parts.push(this.#sequence(depth));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts };
  }

  #sequence(depth: number): Node {
    const parts: Node[] = [];
    for (
      let character = this.#pattern[this.#index];
      character !== undefined && character !== '|' && character !== ')';
      character = this.#pattern[this.#index]
    ) {
      parts.push(this.#repeated(this.#atom(depth)));
    }
    return { kind: 'sequence', parts };
  }

  #atom(depth: number): Node {
    const character = this.#pattern[this.#index++] ?? '';
    if (character === '(') return this.#group(depth);
    if (character === '[') return this.#characterClass();
    if (character === '.') return { kind: 'set', test: (code) => code !== 0x0a && code !== 0x0d };
    if (character === '^') return { kind: 'start' };
    if (character === '$') return { kind: 'end' };
    if (character === '\\') return this.#escape();
    if ('*+?{'.includes(character)) this.#fail(`has a ${character} with nothing to repeat before it`);
    return this.#literal(character);
  }

  #group(depth: number): Node {
    if (this.#pattern.startsWith('?:', this.#index)) this.#index += 2;
    else if (this.#pattern[this.#index] === '?') this.#fail('has look-around, a named group or flags inside, which are not read here');
    const inner = this.#choice(depth + 1);
    if (this.#pattern[this.#index] !== ')') this.#fail('has a ( without its )');
    this.#index++;
    return inner;
  }

  #escape(): Node {
    if (this.#pattern[this.#index] === 'Q') {
      const end = this.#pattern.indexOf('\\E', this.#index);
      const quoted = this.#pattern.slice(this.#index + 1, end === -1 ? undefined : end);
      this.#index = end === -1 ? this.#pattern.length : end + 2;
      return { kind: 'sequence', parts: [...quoted].map((character) => this.#literal(character)) };
    }
    const test = this.#escapedSet();
    return { kind: 'set', test };
  }

  /** Parses the set after a backslash. */
  #escapedSet(): CodeTest {
    const character = this.#pattern[this.#index++];
    if (character === undefined) this.#fail('ends in a backslash');
    const known = shorthand[character];
    if (known !== undefined) return known;
    if (/[0-9A-Za-z]/.test(character)) this.#fail(`has \\${character}, which is not read here`);
    return this.#codeTest(character.charCodeAt(0), character.charCodeAt(0));
  }

  #literal(character: string): Node {
    // A character outside the basic plane is two units: they are matched one after the other, as the text holds them.
    const parts = Array.from({ length: character.length }, (_, at): Node => ({
      kind: 'set',
      test: this.#codeTest(character.charCodeAt(at), character.charCodeAt(at)),
    }));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
  }

  #codeTest(low: number, high: number): CodeTest {
    const inRange: CodeTest = (code) => code >= low && code <= high;
    if (!this.#ignoreCase) return inRange;
    return (code) => inRange(code) || inRange(otherCase(code));
  }

  #characterClass(): Node {
    const negated = this.#pattern[this.#index] === '^';
    if (negated) this.#index++;
    const tests: CodeTest[] = [];
    for (let first = true; ; first = false) {
      const character = this.#pattern[this.#index];
      if (character === undefined) this.#fail('has a [ without its ]');
      if (character === ']' && !first) break;
      if (character === ']') this.#fail('has an empty [] or an unescaped ] at the start of one, which Java and others read differently');
      if (character === '[' || this.#pattern.startsWith('&&', this.#index))
        this.#fail('combines character classes, which is not read here');
      tests.push(this.#classItem());
    }
    this.#index++;
    return { kind: 'set', test: (code) => tests.some((test) => test(code)) !== negated };
  }

  #classItem(): CodeTest {
    const low = this.#classCharacter();
    if (typeof low !== 'number') return low;
    const next = this.#pattern[this.#index + 1];
    if (this.#pattern[this.#index] !== '-' || next === undefined || next === ']') return this.#codeTest(low, low);
    this.#index++;
    if (this.#pattern[this.#index] === '[') this.#fail('combines character classes, which is not read here');
    const high = this.#classCharacter();
    if (typeof high !== 'number' || high < low) this.#fail('has a range in [] whose end is before its start');
    return this.#codeTest(low, high);
  }

  #classCharacter(): number | CodeTest {
    const character = this.#pattern[this.#index++] ?? '';
    if (character !== '\\') return character.charCodeAt(0);
    const escaped = this.#pattern[this.#index] ?? '';
    if (escaped === '' || /[0-9A-Za-z]/.test(escaped)) return this.#escapedSet();
    this.#index++;
    return escaped.charCodeAt(0);
  }

  #repeated(part: Node): Node {
    const bounds = this.#quantifier();
    if (bounds === null) return part;
    if (part.kind === 'start' || part.kind === 'end') this.#fail('repeats ^ or $');
    // Laziness does not affect whether the whole text matches; possessiveness does.
    if (this.#pattern[this.#index] === '?') this.#index++;
    else if (this.#pattern[this.#index] === '+') this.#fail('has a possessive quantifier, which is not read here');
    if ('*+?{'.includes(this.#pattern[this.#index] ?? ' ')) this.#fail('repeats a repetition; put it in a group');
    return { kind: 'repeat', part, ...bounds };
  }

  #quantifier(): { readonly min: number; readonly max: number } | null {
    const character = this.#pattern[this.#index];
    if (character === '*' || character === '+' || character === '?') {
      this.#index++;
      return { min: character === '+' ? 1 : 0, max: character === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    if (character !== '{') return null;
    const counted = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.#pattern.slice(this.#index, this.#index + 12));
    if (counted === null) this.#fail('has a { that does not begin a repetition such as {2,5}');
    this.#index += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === undefined ? Number.POSITIVE_INFINITY : Number(counted[3]);
    if (max < min) this.#fail(`has the repetition ${counted[0]}, whose end is before its start`);
    return { min, max };
  }
}

const isDigit: CodeTest = (code) => code >= 0x30 && code <= 0x39;
const isWord: CodeTest = (code) => isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
const isSpace: CodeTest = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d);
/** Java's shorthand classes, which cover ASCII only. */
const shorthand: Readonly<Record<string, CodeTest | undefined>> = Object.assign(
  Object.create(null) as Record<string, CodeTest | undefined>,
  {
    d: isDigit,
    D: (code: number) => !isDigit(code),
    w: isWord,
    W: (code: number) => !isWord(code),
    s: isSpace,
    S: (code: number) => !isSpace(code),
  },
);

function otherCase(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code + 0x20;
  if (code >= 0x61 && code <= 0x7a) return code - 0x20;
  return code;
}

function emit(node: Node, program: Instruction[]): void {
  if (program.length > maxInstructions) throw new RegularExpressionError('it repeats too much: written out, it is too long');
  // An empty body, repeated, must count too: otherwise ((){9999}){9999} would never reach the limit.
  if (node.kind === 'sequence' && node.parts.length === 0) program.push({ kind: 'fork', targets: [program.length + 1] });
  else if (node.kind === 'set') program.push(node);
  else if (node.kind === 'start' || node.kind === 'end') program.push({ kind: node.kind });
  else if (node.kind === 'sequence') for (const part of node.parts) emit(part, program);
  else if (node.kind === 'choice') emitChoice(node.parts, program);
  else if (node.kind === 'repeat') emitRepeat(node.part, node.min, node.max, program);
}

function emitChoice(parts: readonly Node[], program: Instruction[]): void {
  const starts: number[] = [];
  const ends: number[][] = [];
  program.push({ kind: 'fork', targets: starts });
  for (const part of parts) {
    starts.push(program.length);
    emit(part, program);
    const targets: number[] = [];
    program.push({ kind: 'fork', targets });
    ends.push(targets);
  }
  for (const targets of ends) targets.push(program.length);
}

function emitRepeat(part: Node, min: number, max: number, program: Instruction[]): void {
  for (let count = 0; count < min; count++) emit(part, program);
  if (max === Number.POSITIVE_INFINITY) {
    const start = program.length;
    const targets = [start + 1];
    program.push({ kind: 'fork', targets });
    emit(part, program);
    program.push({ kind: 'fork', targets: [start] });
    targets.push(program.length);
    return;
  }
  const exits: number[][] = [];
  for (let count = min; count < max; count++) {
    const targets = [program.length + 1];
    program.push({ kind: 'fork', targets });
    emit(part, program);
    exits.push(targets);
  }
  for (const targets of exits) targets.push(program.length);
}

/** Runs the automaton, following all states at once; each state is visited once per character. */
function run(program: readonly Instruction[], text: string): boolean {
  const seenAt = new Int32Array(program.length).fill(-1);
  let pending: number[] = [0];
  for (let position = 0; position <= text.length; position++) {
    const next: number[] = [];
    const stack = pending;
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      if (seenAt[state] === position) continue;
      seenAt[state] = position;
      const instruction = program[state];
      if (instruction === undefined) continue;
      if (instruction.kind === 'match') {
        if (position === text.length) return true;
      } else if (instruction.kind === 'set') {
        if (position < text.length && instruction.test(text.charCodeAt(position))) next.push(state + 1);
      } else if (instruction.kind === 'fork') {
        stack.push(...instruction.targets);
      } else if (position === (instruction.kind === 'start' ? 0 : text.length)) {
        stack.push(state + 1);
      }
    }
    if (next.length === 0) return false;
    pending = next;
  }
  return false;
}
