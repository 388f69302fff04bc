/** The command that sends requests, as servers see it. */
export type Purpose = 'mirror sync' | 'audit';

/** Formats the comment of the header User-Agent. */
export function agentComment(purpose: Purpose, contact: string | null): string {
  return contact === null ? purpose : `${purpose}; ${contact}`;
}
