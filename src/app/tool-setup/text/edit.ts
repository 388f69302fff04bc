/** Changes to a text that keep everything else as it is, and their removal after other people's changes. Pure. */

/** Replaces `remove`, which stands at `at`, by `insert`. */
export interface TextEdit {
  /** Offset in the text before any edit, in UTF-16 units. */
  readonly at: number;
  readonly remove: string;
  /** Never empty: it is how the edit is found again. */
  readonly insert: string;
}

/** An edit that was made, with what is needed to find it again. */
export interface MadeEdit {
  readonly remove: string;
  readonly insert: string;
  /** Which of the places that have the text of `insert` it is, from 0. */
  readonly index: number;
  /** How many places have that text. */
  readonly of: number;
}

export interface EditedText {
  readonly text: string;
  /** In the order of their places. */
  readonly made: readonly MadeEdit[];
}

/** Makes all edits at once. They must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): EditedText {
  const sorted = [...edits].sort((a, b) => a.at - b.at);
  let edited = '';
  let from = 0;
  const places: number[] = [];
  for (const { at, remove, insert } of sorted) {
    edited += text.slice(from, at);
    places.push(edited.length);
    edited += insert;
    from = at + remove.length;
  }
  edited += text.slice(from);
  const made = sorted.map(({ remove, insert }, position): MadeEdit => {
    const found = placesOf(edited, insert);
    return { remove, insert, index: found.indexOf(places[position] ?? -1), of: found.length };
  });
  return { text: edited, made };
}

/** Why an edit cannot be taken back: its text was changed or removed, or stands in more or fewer places than it did. */
export interface LostEdit {
  readonly insert: string;
  /** How many places have its text now. */
  readonly found: number;
  /** How many had it when it was written. */
  readonly expected: number;
}

/**
 * Takes edits back from a text that may have been changed elsewhere since, line ends included. Returns the text, or the first edit that is
 * not where it can be found without a guess.
 */
export function takeBack(text: string, made: readonly MadeEdit[]): string | LostEdit {
  const replacements: TextEdit[] = [];
  for (const edit of made) {
    const found = findEdit(text, edit);
    if (typeof found === 'number') return { insert: edit.insert, found, expected: edit.of };
    replacements.push(found);
  }
  replacements.sort((a, b) => a.at - b.at);
  let result = '';
  let from = 0;
  for (const { at, remove, insert } of replacements) {
    if (at < from) return { insert: remove, found: 1, expected: 1 };
    result += text.slice(from, at) + insert;
    from = at + remove.length;
  }
  return result + text.slice(from);
}

/** Returns the edit that undoes this one; the number of places with its text if that is not as many as it was. */
function findEdit(text: string, { remove, insert, index, of }: MadeEdit): TextEdit | number {
  let most = 0;
  for (const convert of [asWritten, withLineFeeds, withCarriageReturns]) {
    const written = convert(insert);
    const places = placesOf(text, written);
    const at = places[index];
    if (places.length === of && at !== undefined) return { at, remove: written, insert: convert(remove) };
    most = Math.max(most, places.length);
  }
  return most;
}

/** An editor, or git, may have converted the line ends of the whole file. */
const asWritten = (text: string): string => text;
const withLineFeeds = (text: string): string => text.replaceAll('\r\n', '\n');
const withCarriageReturns = (text: string): string => text.replace(/\r?\n/g, '\r\n');

/** Returns every offset at which `part` stands, overlapping ones included. */
function placesOf(text: string, part: string): readonly number[] {
  const places: number[] = [];
  if (part === '') return places;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) places.push(at);
  return places;
}
