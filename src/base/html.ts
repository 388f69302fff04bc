/** Makes foreign text safe in HTML. Imports only escape.ts: every room may use it. */
import { escapeForDisplay } from './escape.js';

/**
 * Escapes text for HTML, in content and in quoted attributes. Escapes twice: first what would move or hide text for a person, then what
 * HTML would interpret.
 *
 * @param maxLength as for `escapeForDisplay`
 */
export function escapeHtml(raw: string, maxLength: number): string {
  return escapeForDisplay(raw, maxLength).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
