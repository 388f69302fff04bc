/** The texts between the names and numbers of a file of counts. */

export interface CountForm {
  readonly extension: string;
  readonly begin: string;
  readonly beforeGroup: string;
  readonly beforeArtifact: string;
  readonly beforeVersions: string;
  readonly beforeCount: string;
  readonly betweenVersions: string;
  readonly afterVersions: string;
  readonly betweenArtifacts: string;
  readonly end: string;
}

/** As Clojars publishes its counts: `{["group" "artifact"] {"version" 2}, …}` in one line. */
const edn: CountForm = {
  extension: 'edn',
  begin: '{',
  beforeGroup: '[',
  beforeArtifact: ' ',
  beforeVersions: '] {',
  beforeCount: ' ',
  betweenVersions: ', ',
  afterVersions: '}',
  betweenArtifacts: ', ',
  end: '}\n',
};

/** `[{"group":"group","artifact":"artifact","versions":{"version":2}},…]`, with a line for each artifact. */
const json: CountForm = {
  extension: 'json',
  begin: '[',
  beforeGroup: '{"group":',
  beforeArtifact: ',"artifact":',
  beforeVersions: ',"versions":{',
  beforeCount: ':',
  betweenVersions: ',',
  afterVersions: '}}',
  betweenArtifacts: ',\n',
  end: ']\n',
};

export const countForms = { edn, json };

/** The form of the files of counts: Clojars's EDN, or JSON. */
export type CountFormName = keyof typeof countForms;
