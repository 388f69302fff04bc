/** Random settings.xml: mirrors with all kinds of patterns, servers, proxies, properties, and ways to write the same thing in XML. */
import type { Chance } from '../../support/chance.js';

/** The properties that the documents may use. */
export const settingsProperties: Readonly<Record<string, string>> = {
  'user.home': '/home/user',
  'env.TOKEN': 's3cret&<x>',
  'env.HOST': 'repo.example',
  'env.NAME': 'me',
  'env.SPACED': ' a b ',
};

/** Repositories that mirrors are chosen for. */
export const settingsRepositories = [
  ['central', 'https://repo.maven.apache.org/maven2/'],
  ['clojars', 'https://repo.clojars.org/'],
  ['plain', 'http://repo.example/m2/'],
  ['local', 'http://localhost:8080/m2/'],
  ['near', 'https://127.0.0.1/m2/'],
  ['disk', 'file:///srv/m2/'],
] as const;

const ids = [...settingsRepositories.map(([id]) => id), 'other', 'Central'];

/** Returns a document; the same chance gives the same one. */
export function createSettings(chance: Chance): string {
  return new SettingsMaker(chance).make();
}

class SettingsMaker {
  readonly #chance: Chance;
  #count = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  make(): string {
    const chance = this.#chance;
    const parts = [
      this.#sometimes(0.3, () => this.#element('localRepository', chance.pick(['/srv/m2', '${user.home}/m2', '~/m2', ' /a b/m2 ', '']))),
      this.#sometimes(0.2, () => this.#element('offline', this.#flag())),
      this.#sometimes(0.9, () => this.#list('mirrors', [0, 1, 1, 2, 3, 4], () => this.#mirror())),
      this.#sometimes(0.5, () => this.#list('servers', [0, 1, 2], () => this.#server())),
      this.#sometimes(0.4, () => this.#list('proxies', [0, 1, 2], () => this.#proxy())),
      this.#sometimes(0.2, () => '<interactiveMode>false</interactiveMode><pluginGroups><pluginGroup>g</pluginGroup></pluginGroups>'),
      this.#sometimes(0.1, () => '<unknown><mirrors><mirror><id>no</id></mirror></mirrors></unknown>'),
    ];
    return this.#document((chance.happens(0.3) ? parts.toReversed() : parts).join(''));
  }

  #mirror(): string {
    const chance = this.#chance;
    return this.#group('mirror', [
      this.#sometimes(1, () => this.#element('id', this.#id('m'))),
      this.#sometimes(0.99, () =>
        this.#element(
          'url',
          chance.pick(['https://mirror.example/m2', 'https://${env.HOST}/m2', 'http://localhost/m2', 'https://a.example/?a=1&amp;b=2']),
        ),
      ),
      this.#sometimes(0.99, () => this.#element('mirrorOf', this.#pattern())),
      this.#sometimes(0.15, () =>
        this.#element(
          'mirrorOfLayouts',
          chance.pick(['default', 'legacy', '*', '*,!default', 'legacy,default', ' default ', 'p2, default', '!legacy,*', 'p2']),
        ),
      ),
      this.#sometimes(0.1, () => this.#element('layout', chance.pick(['default', 'p2']))),
      this.#sometimes(0.2, () => this.#element('blocked', this.#flag())),
      this.#sometimes(0.2, () => this.#element('name', 'A &amp; B')),
    ]);
  }

  #pattern(): string {
    const chance = this.#chance;
    const part = (): string =>
      chance.pick([
        '*',
        'external:*',
        'external:http:*',
        chance.pick(ids),
        chance.pick(ids),
        `!${chance.pick(ids)}`,
        `!${chance.pick(ids)}`,
        '!*',
        '!',
        '',
        'cen*',
        '!external:*',
        'External:*',
      ]);
    if (chance.happens(0.4))
      return chance.pick([chance.pick(ids), '*', 'external:*', '*,!clojars', 'external:*,!central', 'external:http:*']);
    return Array.from({ length: 1 + chance.below(4) }, part).join(chance.pick([',', ',', ', ', ' , ', ';']));
  }

  #server(): string {
    const chance = this.#chance;
    return this.#group('server', [
      this.#sometimes(0.99, () => this.#element('id', this.#id(chance.pick(['m', 'central', 'clojars'])))),
      this.#sometimes(0.9, () =>
        this.#element('username', chance.pick(['me', '${env.NAME}', ' me ', 'ü', 'a&amp;b', '\u00a0me\u00a0', '${env.SPACED}'])),
      ),
      this.#sometimes(0.9, () =>
        this.#element(
          'password',
          chance.pick(['p', '${env.TOKEN}', '<![CDATA[a<b]]>', '&#x70;&#119;', '{x}', '$', 'a ${ b', '${env.NAME}-${env.HOST}', ' p q ']),
        ),
      ),
      this.#sometimes(
        0.1,
        () => '<configuration><httpHeaders><property><name>X</name><value>1</value></property></httpHeaders></configuration>',
      ),
    ]);
  }

  #proxy(): string {
    const chance = this.#chance;
    return this.#group('proxy', [
      this.#sometimes(0.9, () => this.#element('id', this.#id('p'))),
      this.#sometimes(0.4, () => this.#element('active', this.#flag())),
      this.#sometimes(0.6, () => this.#element('protocol', chance.pick(['http', 'https', 'HTTP', 'socks5', '']))),
      this.#element('host', chance.pick(['proxy.example', '${env.HOST}', '10.0.0.1'])),
      this.#sometimes(0.8, () => this.#element('port', chance.pick(['8080', '3128', ' 80 ', '080', '65535', '', 'x']))),
      this.#sometimes(0.3, () => this.#element('username', 'me') + this.#element('password', 'p')),
      this.#sometimes(0.4, () => this.#element('nonProxyHosts', chance.pick(['localhost|*.example', '*', '', 'a|b| c']))),
    ]);
  }

  #id(prefix: string): string {
    this.#count += 1;
    return this.#chance.happens(0.02) ? '' : `${prefix}${this.#count}`;
  }

  #flag(): string {
    return this.#chance.pick(['true', 'true', 'false', 'TRUE', ' true ', 'yes', '', '1']);
  }

  #list(name: string, counts: readonly number[], make: () => string): string {
    return `<${name}>${Array.from({ length: this.#chance.pick(counts) }, make).join(this.#chance.pick(['', '\n  ', '<!-- c -->']))}</${name}>`;
  }

  #group(name: string, children: readonly string[]): string {
    return `<${name}>${(this.#chance.happens(0.2) ? children.toReversed() : children).join('')}</${name}>`;
  }

  #element(name: string, text: string): string {
    if (this.#chance.happens(0.93)) return `<${name}>${text}</${name}>`;
    return this.#chance.pick([
      `<${name}>\n  ${text}\n  </${name}>`,
      `<${name}><!-- a -->${text}<!-- b --></${name}>`,
      `<${name} a="1">${text}</${name} >`,
      `<${name}>${text.slice(0, 2)}<!-- between -->${text.slice(2)}</${name}>`,
      `<${name}>${text}<?pi x?></${name}>`,
      `<${name}>${text}</${name}><${name}>${text}</${name}>`,
    ]);
  }

  /** Left out: plugin groups and repositories of profiles that Maven refuses, and this package does not read. */
  #document(content: string): string {
    const plain = `<settings>${content}</settings>`;
    const chance = this.#chance;
    if (chance.happens(0.75)) return plain;
    return chance.pick([
      `<?xml version="1.0" encoding="UTF-8"?>\n<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://maven.apache.org/SETTINGS/1.2.0 https://maven.apache.org/xsd/settings-1.2.0.xsd">${content}</settings>\n`,
      `<!-- a --><settings>${content}</settings><!-- b -->`,
      `<settings>text${content}</settings>`,
      `<settings>${content.replaceAll('><', '>\r\n <')}</settings>`,
      `<settings>${content}`,
      `<settings>${content}</settings>tail`,
      `<settings>${content}<description>a & b</description></settings>`,
      `<settings>${content}<a b=c/></settings>`,
      `\n<?xml version="1.0"?>\n${plain}`,
      `<settings>${content}<mirrors/></settings>`,
      `<project>${content}</project>`,
      `<settings><!-- a -- b -->${content}</settings>`,
      `<settings>${content}<description>&nbsp;&eacute;</description></settings>`,
      `<settings>${content}<description>&unknown;</description></settings>`,
      `<!DOCTYPE settings [<!ENTITY a "b">]>${plain}`,
      `<settings>${content}<profiles><profile><id>p</id><properties><a>b</a></properties></profile></profiles></settings>`,
      `<settings>${content}<profiles><profile><id>p</id><id>q</id></profile></profiles></settings>`,
      `<m:settings xmlns:m="m">${content}</m:settings>`,
      `<settings>${content}<m:offline xmlns:m="m">true</m:offline></settings>`,
      `\n ${'<?xml version="1.0"?>'}${plain}`,
      plain.slice(0, chance.below(plain.length)),
      '<settings/>',
      '',
    ]);
  }

  #sometimes(probability: number, make: () => string): string {
    return this.#chance.happens(probability) ? make() : '';
  }
}
