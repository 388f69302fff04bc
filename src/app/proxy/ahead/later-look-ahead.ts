/** Loads the look-ahead when a client first asks for a POM: the proxy starts without its code, which reads projects and resolves graphs. */
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import type { FindExpected } from './ahead-session.js';
import type { ClientSocket } from './client-process.js';
import type { LookAhead } from './look-ahead.js';

export class LaterLookAhead {
  readonly #open: () => Promise<LookAhead>;
  #opening: Promise<LookAhead | null> | null = null;
  #opened: LookAhead | null = null;
  #isOver = false;

  constructor(open: () => Promise<LookAhead>) {
    this.#open = open;
  }

  /** As {@link LookAhead.asked}. Only a POM begins a session, so nothing else loads the code. */
  asked(socket: ClientSocket, coordinate: ArtifactCoordinate): void {
    if (this.#opened !== null) this.#opened.asked(socket, coordinate);
    else if (coordinate.extension === 'pom') this.#later(socket, (lookAhead, client) => lookAhead.asked(client, coordinate));
  }

  askedMetadata(socket: ClientSocket, path: string): void {
    if (this.#opened !== null) this.#opened.askedMetadata(socket, path);
    else this.#later(socket, (lookAhead, client) => lookAhead.askedMetadata(client, path));
  }

  /** As {@link LookAhead.expect}. */
  async expect(client: string, find: FindExpected): Promise<void> {
    await (await this.load())?.expect(client, find);
  }

  /** Loads the code, unless the look-ahead is over. Never rejects: without the code, tools ask for everything themselves. */
  load(): Promise<LookAhead | null> {
    return (this.#opening ??= this.#isOver ? Promise.resolve(null) : this.#load());
  }

  close(): void {
    this.#isOver = true;
    this.#opened?.close();
  }

  /** The socket may be closed, and know its addresses no more, once the code is loaded. */
  #later({ remoteAddress, remotePort, localPort }: ClientSocket, tell: (lookAhead: LookAhead, client: ClientSocket) => void): void {
    void this.load().then((lookAhead) => {
      if (lookAhead !== null) tell(lookAhead, { remoteAddress, remotePort, localPort });
    });
  }

  async #load(): Promise<LookAhead | null> {
    const opened = await this.#open().catch(() => null);
    if (this.#isOver) opened?.close();
    this.#opened = opened;
    return opened;
  }
}
