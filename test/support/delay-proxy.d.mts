export interface DelayProxyOptions {
  readonly targetPort: number;
  /** Default `127.0.0.1`. */
  readonly targetHost?: string;
  readonly roundTripMs: number;
  /** Uniform, to both sides of `roundTripMs`. Default 0. */
  readonly jitterMs?: number;
  /** Round trip where there is a long pause. Default 0. */
  readonly spikeMs?: number;
  /** Share of answers that are held back so long, 0 to 1. Default 0. */
  readonly spikeShare?: number;
  /** Same seed, same sequence of draws. Default 1. */
  readonly seed?: number;
}

export interface DelayProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Long pauses so far. */
  readonly spikes: number;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export function startDelayProxy(options: DelayProxyOptions): Promise<DelayProxy>;
