/** An error that the server answers with, as S3 writes it. */
export class S3Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get document(): string {
    const fields = Object.entries({ Code: this.code, Message: this.message, ...this.fields, RequestId: 'TEST' });
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${fields.map(([name, value]) => element(name, value)).join('')}</Error>`;
  }
}

export function element(name: string, value: string | number): string {
  return `<${name}>${escape(String(value))}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
