/**
 * The package that parses settings.xml, as a module of our own: `import()` of a package fails in code that was compiled in
 * an earlier run (see cli/start/load-program.ts), and `import()` of a module of ours is bundled as `require`.
 */
export { XMLParser, XMLValidator } from 'fast-xml-parser';
