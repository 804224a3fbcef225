import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Who may import whom (design: imports point one way). A folder not listed beside a folder is closed to it. */
const mayImport = {
  base: [],
  policies: ['base'],
  providers: ['base'],
  toolchain: ['base'],
  engine: ['base'],
  components: ['base', 'policies', 'providers'],
  proof: ['base', 'policies', 'engine'],
  credentials: ['base', 'policies'],
  sandbox: ['base', 'policies'],
};
const folders = [...Object.keys(mayImport), 'scripts', 'test'];

/** Their index files load a thousand modules, in every preview and deploy; each resource's own file loads at once. */
const slowIndexes = ['@pulumi/aws', '@pulumi/cloudflare'].map((name) => ({
  name,
  message: `import the resource's own file, as in '@pulumi/aws/iam/index.js' or '@pulumi/cloudflare/r2bucket.js'.`,
}));

const importDirections = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: slowIndexes,
        patterns: folders
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            regex: `^(\\.\\./)+${other}/`,
            message: `${folder}/ may import ${['itself', ...allowed].join(', ')}, not ${other}/.`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['node_modules/', '.sandbox/', '.sluice/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // TypeScript demands brackets for index signatures (noPropertyAccessFromIndexSignature); this rule would undo them.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },
  ...importDirections,
);
