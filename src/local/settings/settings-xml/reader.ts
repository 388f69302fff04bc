/** Reads values of settings.xml and fills in their properties. */
import { ClojarsFetchError } from '../../../base/error.js';
import type { XmlElement } from '../../../base/xml/xml.js';
import { trimText } from '../../../maven/version/java-text.js';
import { textOf } from './document.js';
import { interpolate, type InterpolationContext } from './interpolate.js';

/** Reads the values of elements, and collects the warnings about them. */
export class SettingsReader {
  readonly source: string;
  readonly warnings: string[] = [];
  readonly #context: InterpolationContext;

  constructor(source: string, context: InterpolationContext) {
    this.source = source;
    this.#context = context;
  }

  /**
   * Returns the text of a child element, trimmed, with its properties filled in. Warns about properties without a value.
   * @param standard what a missing element stands for
   */
  text(element: XmlElement, name: string, standard = ''): string {
    const { text, unset } = interpolate(textOf(element, name) ?? standard, this.#context);
    for (const property of unset) this.warn(`<${name}> uses ${JSON.stringify(`\${${property}}`)}, which is not set`);
    return trimText(text);
  }

  /**
   * Returns a secret; empty if it uses a variable that is not set. Other expressions are kept: they may be part of a
   * password, so no warning shows them.
   */
  secret(element: XmlElement, name: string): string {
    const { text, unset } = interpolate(textOf(element, name) ?? '', this.#context);
    const variables = unset.filter((property) => property.startsWith('env.'));
    for (const variable of variables) this.warn(`<${name}> uses ${JSON.stringify(`\${${variable}}`)}, which is not set`);
    return variables.length > 0 ? '' : trimText(text);
  }

  /** As `java.lang.Boolean.parseBoolean`, like Maven's reader. */
  flag(element: XmlElement, name: string, standard: boolean): boolean {
    const text = this.text(element, name);
    return text === '' ? standard : text.toLowerCase() === 'true';
  }

  /**
   * Returns the id of a mirror or server; `default` without one.
   * @throws {ClojarsFetchError} `ERR_CONFIG`: it is empty
   */
  id(element: XmlElement, setting: string): string {
    if (textOf(element, 'id') !== '') return this.text(element, 'id', 'default');
    throw this.error(
      `line ${element.line}: the <id> of a <${element.name}> is empty`,
      'Give it an id: Maven refuses the file, too.',
      setting,
    );
  }

  warn(message: string): void {
    this.warnings.push(`${this.source}: ${message}`);
  }

  error(problem: string, hint: string, setting: string): ClojarsFetchError {
    const { source } = this;
    return new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message: `${source}: ${problem}`, hint, path: source, setting });
  }
}

/**
 * Whether a password has the form that Maven gives to encrypted ones: base64 in braces, perhaps after a comment, and in
 * Maven 4 behind `[name=…]`. plexus-cipher encrypts to blocks of 16 bytes, two at least, so `pa{ss}word` is plain text.
 */
export function isEncrypted(password: string): boolean {
  const match = /(?:^|[^\\$])\{(\[[^\]{}]*\])?([A-Za-z0-9+/\s]+)(?:(=+)\s*)?\}/.exec(password);
  if (match === null) return false;
  const [, attributes, text = '', padding] = match;
  const bytes = Math.floor((text.replace(/\s/g, '').length * 3) / 4);
  return attributes !== undefined || padding !== undefined || (bytes >= 32 && bytes % 16 === 0);
}
