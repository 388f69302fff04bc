import imports from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'docs/api/**'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { imports },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // `typeof import('x')` is how a lazily loaded module is typed.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' }],
      // An import of types alone must not load the module at run time.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-duplicate-imports': 'error',
      // Node's modules, packages, then our own from far to near.
      'imports/imports': ['error', { groups: [['^\\u0000'], ['^node:'], ['^@?\\w'], ['^']] }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/require-await': 'off',
      'no-control-regex': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      // It may never return: base/disk/make-folders.ts says why, and does the same.
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.name=/^mkdir/] Property[key.name='recursive']", message: 'use makeFolders()' },
        // It may answer wrongly: base/parse-url.ts says when.
        { selector: "MemberExpression[object.name='URL'][property.name='canParse']", message: 'use parseUrl()' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-misused-promises': 'off' },
  },
);
