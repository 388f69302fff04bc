/**
 * Parses POM bytes into a model. Like Maven 3.8.7's lenient reader, it accepts unknown elements, stray text between the
 * parts of an object, and any root element, and rejects broken XML, a duplicate of a known element, stray text in a list
 * or among properties, and markup inside a text element.
 *
 * Source of the rule: the `MavenXpp3Reader` generated from `maven.mdo`, with `strict` off.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { notWhiteSpace } from '../../base/xml/element.js';
import { parseXml, type XmlElement, type XmlOptions } from '../../base/xml/xml.js';
import { XmlError } from '../../base/xml/xml-error.js';
import { trimText } from '../version/java-text.js';
import {
  createPomDependency,
  isTrue,
  type PomActivation,
  type PomDependency,
  type PomExclusion,
  type PomModel,
  type PomParent,
  type PomProfile,
  type PomRelocation,
} from './model.js';
import { createProblem, PomProblemError } from './problem.js';
import { type PomClass, projectClass } from './schema.js';

const xmlOptions: XmlOptions = { lenient: true, htmlEntities: true };
const noDependencies: readonly PomDependency[] = [];
const noExclusions: readonly PomExclusion[] = [];
const noTexts: readonly string[] = [];
const noFields: ReadonlyMap<string, string> = new Map();

/** Known children of one element, by name. Has no prototype, so that `<constructor>` is just an unknown element. */
type Parts = Record<string, XmlElement>;

function createParts(): Parts {
  return Object.create(null) as Parts;
}

/**
 * Parses a POM.
 * @param label names the POM in messages: `group:artifact:version`
 * @throws PomProblemError kind `invalid`: `malformed`, `too-large`, `too-deep`
 */
export function parsePom(bytes: Uint8Array | string, label: string): PomModel {
  let root: XmlElement;
  try {
    root = parseXml(bytes, xmlOptions);
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    const reason = cause.problem === 'too-large' || cause.problem === 'too-deep' ? cause.problem : 'malformed';
    const { line, column, detail } = cause;
    throw new PomProblemError([createProblem('invalid', reason, label, detail, line === 0 ? {} : { place: { line, column } })]);
  }
  return new Reader(label).model(root);
}

class Reader {
  readonly #label: string;

  constructor(label: string) {
    this.#label = label;
  }

  model(root: XmlElement): PomModel {
    const parts = this.#parts(root, projectClass);
    const fields = new Map<string, string>();
    for (const name of ['name', 'description', 'url', 'inceptionYear']) this.#field(fields, name, parts[name]);
    for (const name of [
      'organization',
      'scm',
      'issueManagement',
      'ciManagement',
      'prerequisites',
      'build',
      'distributionManagement',
      'reporting',
    ]) {
      const section = parts[name];
      if (section !== undefined) this.#sectionFields(fields, name, section);
    }
    const distribution = parts['distributionManagement'];
    const relocation = distribution === undefined ? undefined : child(distribution, 'relocation');
    return {
      modelVersion: textOf(parts['modelVersion']),
      parent: parts['parent'] === undefined ? undefined : this.#parent(parts['parent']),
      group: textOf(parts['groupId']),
      artifact: textOf(parts['artifactId']),
      version: textOf(parts['version']),
      packaging: textOf(parts['packaging']) ?? 'jar',
      ...this.#base(parts),
      profiles: this.#items(parts['profiles'], 'profile', (profile) => this.#profile(profile)),
      relocation: relocation === undefined ? undefined : this.#relocation(relocation),
      fields,
    };
  }

  #base(parts: Parts): Pick<PomModel, 'modules' | 'properties' | 'dependencies' | 'managed'> {
    const management = parts['dependencyManagement'];
    return {
      modules: parts['modules'] === undefined ? noTexts : this.#items(parts['modules'], 'module', (module) => trimText(module.text)),
      properties: parts['properties'] === undefined ? noFields : this.#properties(parts['properties']),
      dependencies: this.#dependencies(parts['dependencies']),
      managed: management === undefined ? null : this.#dependencies(child(management, 'dependencies')),
    };
  }

  #profile(element: XmlElement): PomProfile {
    const parts = this.#known(element);
    const fields = new Map<string, string>();
    if (parts['build'] !== undefined) this.#sectionFields(fields, 'build', parts['build']);
    return {
      id: textOf(parts['id']) ?? 'default',
      activation: parts['activation'] === undefined ? undefined : this.#activation(parts['activation']),
      ...this.#base(parts),
      fields,
    };
  }

  #activation(element: XmlElement): PomActivation {
    const parts = this.#known(element);
    const texts = (section: XmlElement | undefined): Record<string, string> | undefined => {
      if (section === undefined) return undefined;
      const result: Record<string, string> = {};
      for (const item of section.children) if (item.children.length === 0) result[item.name] = trimText(item.text);
      return result;
    };
    return {
      activeByDefault: isTrue(textOf(parts['activeByDefault'])),
      jdk: textOf(parts['jdk']),
      os: texts(parts['os']),
      property: texts(parts['property']),
      file: texts(parts['file']),
    };
  }

  #parent(element: XmlElement): PomParent {
    const parts = this.#known(element);
    return {
      group: textOf(parts['groupId']),
      artifact: textOf(parts['artifactId']),
      version: textOf(parts['version']),
      relativePath: textOf(parts['relativePath']),
    };
  }

  #relocation(element: XmlElement): PomRelocation {
    const parts = this.#known(element);
    return {
      group: textOf(parts['groupId']),
      artifact: textOf(parts['artifactId']),
      version: textOf(parts['version']),
      message: textOf(parts['message']),
    };
  }

  #dependencies(section: XmlElement | undefined): readonly PomDependency[] {
    if (section === undefined) return noDependencies;
    return this.#items(section, 'dependency', (element) => {
      let group, artifact, version, type, classifier, scope, systemPath, optional, exclusions: XmlElement | undefined;
      for (const part of element.children) {
        switch (part.name) {
          case 'groupId':
            group = trimText(part.text);
            break;
          case 'artifactId':
            artifact = trimText(part.text);
            break;
          case 'version':
            version = trimText(part.text);
            break;
          case 'type':
            type = trimText(part.text);
            break;
          case 'classifier':
            classifier = trimText(part.text);
            break;
          case 'scope':
            scope = trimText(part.text);
            break;
          case 'systemPath':
            systemPath = trimText(part.text);
            break;
          case 'optional':
            optional = trimText(part.text);
            break;
          case 'exclusions':
            exclusions = part;
            break;
          default:
            break;
        }
      }
      return createPomDependency({
        group,
        artifact,
        version,
        type: type ?? 'jar',
        classifier,
        scope,
        systemPath,
        optional,
        exclusions: this.#exclusions(exclusions),
      });
    });
  }

  #exclusions(section: XmlElement | undefined): readonly PomExclusion[] {
    if (section === undefined) return noExclusions;
    return this.#items(section, 'exclusion', (element) => ({
      group: textOf(child(element, 'groupId')) ?? '',
      artifact: textOf(child(element, 'artifactId')) ?? '',
    }));
  }

  #properties(section: XmlElement): ReadonlyMap<string, string> {
    const result = new Map<string, string>();
    for (const property of section.children) result.set(property.name, trimText(property.text));
    return result;
  }

  #field(fields: Map<string, string>, path: string, element: XmlElement | undefined): void {
    if (element !== undefined) fields.set(path, trimText(element.text));
  }

  #sectionFields(fields: Map<string, string>, path: string, section: XmlElement): void {
    for (const element of section.children) {
      if (element.children.length === 0) fields.set(`${path}.${element.name}`, trimText(element.text));
    }
  }

  #items<T>(section: XmlElement | undefined, name: string, read: (element: XmlElement) => T): T[] {
    const result: T[] = [];
    if (section !== undefined) for (const element of section.children) if (element.name === name) result.push(read(element));
    return result;
  }

  #known(element: XmlElement): Parts {
    const parts = createParts();
    for (const part of element.children) parts[part.name] = part;
    return parts;
  }

  /** Checks an element and its descendants against the element's class, and returns its children by name. */
  #parts(element: XmlElement, of: PomClass): Parts {
    const parts = createParts();
    for (const part of element.children) {
      const content = Object.hasOwn(of, part.name) ? of[part.name] : undefined;
      if (content === undefined) continue;
      if (parts[part.name] !== undefined) this.#refuse(part, `duplicate element <${part.name}>`);
      parts[part.name] = part;
      if (content === 'text') this.#checkText(part);
      else if (content === 'properties') {
        this.#checkNoText(part);
        part.children.forEach((property) => this.#checkText(property));
      } else if (content === 'any') continue;
      else if ('object' in content) this.#parts(part, content.object);
      else {
        this.#checkNoText(part);
        for (const item of part.children) {
          if (item.name !== content.item) continue;
          if (content.of === 'text') this.#checkText(item);
          else this.#parts(item, content.of);
        }
      }
    }
    return parts;
  }

  #checkText(element: XmlElement): void {
    const inner = element.children[0];
    if (inner !== undefined)
      this.#refuse(
        inner,
        `<${escapeForDisplay(inner.name, 60)}> inside <${escapeForDisplay(element.name, 60)}>, which may contain only text`,
      );
  }

  /** In lists and properties, unlike elsewhere, Maven's lenient reader takes stray text for an error. */
  #checkNoText({ name, text, line }: XmlElement): void {
    if (notWhiteSpace.test(text)) this.#refuse({ line }, `text inside <${escapeForDisplay(name, 60)}>, which may contain only elements`);
  }

  #refuse(element: Pick<XmlElement, 'line'>, why: string): never {
    throw new PomProblemError([createProblem('invalid', 'malformed', this.#label, why, { place: { line: element.line, column: null } })]);
  }
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  for (const part of element.children) if (part.name === name) return part;
  return undefined;
}

function textOf(element: XmlElement | undefined): string | undefined {
  return element === undefined ? undefined : trimText(element.text);
}
