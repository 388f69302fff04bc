/** Reads a `<server>` of settings.xml: a login and headers for the repository or mirror with its id. */
import type { XmlElement } from '../../../base/xml/xml.js';
import { trimText } from '../../../maven/version/java-text.js';
import { childrenOf, itemsOf, textOf } from './document.js';
import { isEncrypted, type SettingsReader } from './reader.js';

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

export function readServer(element: XmlElement, reader: SettingsReader): SettingsServer {
  const id = reader.id(element, 'servers');
  const shown = JSON.stringify(id);
  const password = reader.secret(element, 'password');
  const encrypted = isEncrypted(password);
  if (encrypted) {
    reader.warn(
      `the password of server ${shown} is encrypted, which is not supported: it is not sent. ` +
        'Use <password>${env.NAME}</password>, or auth in our configuration file',
    );
  }
  const username = reader.secret(element, 'username');
  // A line break would start a new header; a colon would end the user name (RFC 7617 section 2).
  const unsendable = /[\u0000-\u001f\u007f:]/.test(username) || /[\u0000-\u001f\u007f]/.test(password);
  if (unsendable) reader.warn(`the credentials of server ${shown} have characters that cannot be sent: they are not`);
  return {
    id,
    username,
    password: encrypted || unsendable || password === '' ? null : password,
    headers: readHeaders(element, shown, reader),
  };
}

/** Reads `<httpHeaders>` as in Maven 3.9 and GitLab's documentation, and Wagon's `<httpConfiguration>`. */
function readHeaders(server: XmlElement, shown: string, reader: SettingsReader): SettingsServer['headers'] {
  const headers: Record<string, string> = {};
  for (const configuration of childrenOf(server, 'configuration')) {
    const methods = ['all', 'get'].flatMap((method) => itemsOf(configuration, 'httpConfiguration', method));
    const lists = [...childrenOf(configuration, 'httpHeaders'), ...methods.flatMap((method) => childrenOf(method, 'headers'))];
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
  readonly holder: XmlElement;
  readonly key: string;
}

/**
 * Finds `<property><name>X</name><value>1</value></property>`, and the short form `<X>1</X>`. Source of the rule: Plexus's
 * `PropertiesConverter`.
 */
function propertiesOf(list: XmlElement): readonly HeaderProperty[] {
  return list.children.flatMap((child) => {
    if (child.children.length === 0)
      return trimText(child.text) === '' ? [] : [{ name: child.name.toLowerCase(), holder: list, key: child.name }];
    return child.name === 'property' ? [{ name: (textOf(child, 'name') ?? '').toLowerCase(), holder: child, key: 'value' }] : [];
  });
}
