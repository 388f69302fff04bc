/** A JSON Schema validator for the few keywords that docs/schema uses. */
import { readFileSync } from 'node:fs';

type Schema = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number'];
  return [typeof value];
}

/** The keywords that the schemas use; any other is an error, so that none is ignored. Unknown keys are errors, too. */
function violations(value: unknown, schema: unknown, root: Schema, at: string): string[] {
  if (!isRecord(schema)) return [`${at}: no schema`];
  const found: string[] = [];
  for (const [keyword, rule] of Object.entries(schema)) {
    switch (keyword) {
      case '$schema':
      case '$defs':
      case 'title':
      case 'description':
        break;
      case 'properties':
        if (!isRecord(rule) || !isRecord(value)) break;
        for (const [key, each] of Object.entries(value))
          found.push(...(key in rule ? violations(each, rule[key], root, `${at}.${key}`) : [`${at}.${key}: not in the schema`]));
        break;
      case 'required':
        for (const key of Array.isArray(rule) ? rule : [])
          if (isRecord(value) && !(String(key) in value)) found.push(`${at}.${String(key)}: missing`);
        break;
      case 'items':
        if (Array.isArray(value))
          for (const [index, each] of value.entries()) found.push(...violations(each, rule, root, `${at}[${index}]`));
        break;
      case 'type':
        if (!typeOf(value).some((type) => (Array.isArray(rule) ? rule.includes(type) : rule === type))) found.push(`${at}: type`);
        break;
      case 'enum':
        if (!Array.isArray(rule) || !rule.includes(value)) found.push(`${at}: enum`);
        break;
      case 'const':
        if (value !== rule) found.push(`${at}: const`);
        break;
      case 'pattern':
        if (typeof value === 'string' && !new RegExp(String(rule), 'u').test(value)) found.push(`${at}: pattern`);
        break;
      case 'minimum':
        if (typeof value === 'number' && value < Number(rule)) found.push(`${at}: minimum`);
        break;
      case 'anyOf':
        if (!Array.isArray(rule) || !rule.some((each) => violations(value, each, root, at).length === 0)) found.push(`${at}: anyOf`);
        break;
      case '$ref': {
        const definitions = root['$defs'];
        found.push(...violations(value, isRecord(definitions) ? definitions[String(rule).replace('#/$defs/', '')] : undefined, root, at));
        break;
      }
      default:
        found.push(`${at}: keyword ${keyword}`);
    }
  }
  return found;
}

/** The errors of a document against the schema of docs/schema of that name; empty if there are none. */
export function schemaViolations(document: unknown, name: string): string[] {
  const schema: unknown = JSON.parse(readFileSync(new URL(`../../docs/schema/${name}.json`, import.meta.url), 'utf8'));
  return violations(document, schema, isRecord(schema) ? schema : {}, '$');
}
