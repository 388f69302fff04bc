/** Pieces of a log on their way from one side, which may be a while ahead, to the other. */

export class PieceQueue {
  readonly #most: number;
  readonly #pieces: Buffer[] = [];
  #length = 0;
  #hasEnded = false;
  #wakeTaker = (): void => undefined;
  #wakeGiver = (): void => undefined;

  /** @param most bytes that may wait before {@link hasRoom} waits */
  constructor(most: number) {
    this.#most = most;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#wakeTaker();
  }

  /** Returns once fewer bytes wait than may. */
  async hasRoom(): Promise<void> {
    while (this.#length >= this.#most && !this.#hasEnded) await new Promise<void>((resolve) => (this.#wakeGiver = resolve));
  }

  /** No piece follows. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeTaker();
    this.#wakeGiver();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Returns the next piece; null after the last. */
  async take(): Promise<Buffer | null> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#length -= piece.length;
        this.#wakeGiver();
        return piece;
      }
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => (this.#wakeTaker = resolve));
    }
  }
}
