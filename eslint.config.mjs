import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      'build/',
      'coverage/',
      '.cache/',
      'examples/**/dist/',
      'test/fixtures/',
      'test/stack/bin/',
    ],
  },
  js.configs.recommended,
  {
    files: ['bench/*.mjs', 'test/package/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } },
  },
  {
    files: ['**/*.{ts,mts}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Leaving a field out of a copy is what a rest pattern is for.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_' }],
      // A function may be async because its contract is.
      '@typescript-eslint/require-await': 'off',
    },
  },
);
