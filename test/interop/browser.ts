/** A headless Chromium that is clicked, typed into and looked at, over its DevTools protocol. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { fetch, WebSocket } from 'undici';

import { findProgram } from './programs.js';

export const chromium = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'].map(findProgram).find((file) => file !== null) ?? null;

export interface Browser {
  /** Opens a URL, and waits until it has loaded. */
  open(url: string): Promise<void>;
  /** Evaluates an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  /** Presses and releases a key by its name, such as `Tab` or `ArrowRight`. */
  press(key: string): Promise<void>;
  /** Clicks in the middle of an element. */
  click(selector: string): Promise<void>;
  prefer(scheme: 'light' | 'dark'): Promise<void>;
  /** URLs that the page asked for, itself included. */
  readonly requested: readonly string[];
  close(): Promise<void>;
}

/** Virtual key codes of the keys that tests press. */
const keyCodes: Readonly<Record<string, number>> = { Tab: 9, ArrowDown: 40, ArrowRight: 39 };

export async function startBrowser(program: string, width = 1280): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'clojars-fetch-chromium-'));
  // The sandbox needs rights that containers do not grant; the page is the program's own, and only its contents are hostile.
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const child = spawn(
    program,
    [...options, ...quiet, `--user-data-dir=${profile}`, `--window-size=${width},900`, '--remote-debugging-port=0', 'about:blank'],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async (): Promise<void> => {
    child.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const session = await Session.open(await pageSocket(profile, child));
    await session.send('Page.enable');
    await session.send('Network.enable');
    return browserOf(session, async () => {
      session.close();
      await close();
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** The program writes its port into the profile. */
async function pageSocket(profile: string, child: { readonly exitCode: number | null }): Promise<string> {
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt += 1) {
    try {
      const [port] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n');
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        type: string;
        webSocketDebuggerUrl: string;
      }[];
      const page = targets.find(({ type }) => type === 'page');
      if (page !== undefined) return page.webSocketDebuggerUrl;
    } catch {
      // not yet
    }
    await sleep(100);
  }
  throw new Error('Chromium did not start');
}

function browserOf(session: Session, close: () => Promise<void>): Browser {
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = (await session.send('Runtime.evaluate', { expression, returnByValue: true })) as {
      result: { value?: unknown };
      exceptionDetails?: { text: string };
    };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  };
  return {
    requested: session.requested,
    evaluate,
    async open(url) {
      const loaded = session.event('Page.loadEventFired');
      await session.send('Page.navigate', { url });
      await loaded;
    },
    async press(key) {
      const codes = { key, code: key, windowsVirtualKeyCode: keyCodes[key] ?? 0 };
      await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...codes });
      await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...codes });
    },
    async click(selector) {
      const place = (await evaluate(
        `(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView({ block: 'center' }); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`,
      )) as [number, number];
      const at = { x: place[0], y: place[1], button: 'left', clickCount: 1 };
      await session.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...at });
      await session.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at });
    },
    async prefer(scheme) {
      await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    },
    close,
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly request?: { readonly url: string } };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Commands and events over one socket. */
class Session {
  readonly requested: string[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Map<string, () => void>();
  #last = 0;

  static async open(url: string): Promise<Session> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`cannot connect to ${url}`)));
    });
    return new Session(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Message));
  }

  send(method: string, params: object = {}): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(`${method}: ${error.message}`)),
      );
    });
  }

  event(method: string): Promise<void> {
    return new Promise((resolve) => this.#listeners.set(method, resolve));
  }

  close(): void {
    this.#socket.close();
  }

  #receive(message: Message): void {
    if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    if (message.params?.request !== undefined) this.requested.push(message.params.request.url);
    if (message.method !== undefined) this.#listeners.get(message.method)?.();
  }
}
