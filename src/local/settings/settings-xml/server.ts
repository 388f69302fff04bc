/** Reads a `<server>` of settings.xml: a login and headers for the repository or mirror with its id. */
import { isEncrypted, type SettingsReader } from './reader.js';
import { childrenOf, elementsOf, type SettingsNode, textOf } from './tree.js';

export interface SettingsServer {
  readonly id: string;
  readonly username: string;
  /** Null if it is encrypted, unfit for a header, or missing: then nothing is sent. */
  readonly password: string | null;
  /** Headers of each request, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Headers that frame a message or select its content: a setting must not change them. */
const reserved =
  /^(?:host|connection|keep-alive|te|trailer|upgrade|expect|content-length|transfer-encoding|accept-encoding|range|if-range|proxy-.*)$/;

export function readServer(node: SettingsNode, reader: SettingsReader): SettingsServer {
  const id = reader.text(node, 'id') || 'default';
  const shown = JSON.stringify(id);
  const password = reader.secret(node, 'password');
  const encrypted = isEncrypted(password);
  if (encrypted) {
    reader.warn(
      `the password of server ${shown} is encrypted, which is not supported: it is not sent. ` +
        'Use <password>${env.NAME}</password>, or auth in our configuration file',
    );
  }
  const username = reader.secret(node, 'username');
  // A line break would start a new header; a colon would end the user name (RFC 7617 section 2).
  const unsendable = /[\u0000-\u001f\u007f:]/.test(username) || /[\u0000-\u001f\u007f]/.test(password);
  if (unsendable) reader.warn(`the credentials of server ${shown} have characters that cannot be sent: they are not`);
  return {
    id,
    username,
    password: encrypted || unsendable || password === '' ? null : password,
    headers: readHeaders(node, shown, reader),
  };
}

/** Reads `<httpHeaders>` as in Maven 3.9 and GitLab's documentation, and Wagon's `<httpConfiguration>`. */
function readHeaders(server: SettingsNode, shown: string, reader: SettingsReader): SettingsServer['headers'] {
  const headers: Record<string, string> = {};
  for (const configuration of childrenOf({ server }, 'server', 'configuration')) {
    const methods = ['all', 'get'].flatMap((method) => childrenOf(configuration, 'httpConfiguration', method));
    const lists = [...elementsOf(configuration, 'httpHeaders'), ...methods.flatMap((method) => elementsOf(method, 'headers'))];
    for (const { name, holder, key } of lists.flatMap(propertiesOf)) {
      const value = reader.secret(holder, key);
      // Node refuses to send any other characters.
      if (/^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name) && /^[\t\x20-\x7e\x80-\xff]+$/.test(value) && !reserved.test(name))
        headers[name] = value;
      else reader.warn(`the HTTP header ${JSON.stringify(name.slice(0, 60))} of server ${shown} is not sent`);
    }
  }
  return Object.keys(headers).length === 0 ? undefined : headers;
}

/** A header, and the place of its value. */
interface HeaderProperty {
  readonly name: string;
  readonly holder: SettingsNode;
  readonly key: string;
}

/**
 * Finds `<property><name>X</name><value>1</value></property>`, and the short form `<X>1</X>`. Source of the rule: Plexus's
 * `PropertiesConverter`.
 */
function propertiesOf(list: SettingsNode): readonly HeaderProperty[] {
  const long = elementsOf(list, 'property').map((holder) => ({ name: textOf(holder, 'name').toLowerCase(), holder, key: 'value' }));
  const short = Object.keys(list).filter((key) => textOf(list, key) !== '' && !key.startsWith('#'));
  return [...long, ...short.map((key) => ({ name: key.toLowerCase(), holder: list, key }))];
}
