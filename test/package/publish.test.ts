import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { notesOf, sectionsOf } from '../../publish/changelog';
import { runStep, workflow, workflowText } from './release';

const root = join(__dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'graylane-publish-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('the changelog', () => {
  const changelog = '# Changelog\n\n## Unreleased\n\n## 0.10.0 (2026-12-02)\n\n### cdk8s\n\n- b\n\n## 0.1.0\n\n- a\n';

  test.each([
    ['0.10.0', '### cdk8s\n\n- b'],
    ['0.1.0', '- a'],
  ])('says what is new in %s', (version, notes) => {
    expect(notesOf(version, changelog)).toBe(notes);
  });

  test.each([
    ['0.2.0', 'has no section of 0.2.0, but of Unreleased, 0.10.0 (2026-12-02), 0.1.0: give what is unreleased'],
    ['0.1', 'has no section of 0.1,'],
    ['Unreleased', 'says nothing of Unreleased'],
  ])('has nothing of %s', (version, message) => {
    expect(() => notesOf(version, changelog)).toThrow(message);
  });

  it('of ours has a section for each version, the newest first', () => {
    const titles = sectionsOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).map(({ title }) => title);
    const versions = titles[0] === 'Unreleased' ? titles.slice(1) : titles;
    for (const title of versions) expect(title).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)? \(\d{4}-\d\d-\d\d\)$/);
    const numbers = versions.map((title) => title.split(/[ -]/)[0]!);
    expect(numbers).toEqual([...numbers].sort((a, b) => b.localeCompare(a, 'en', { numeric: true })));
  });
});

it.each([
  ['v0.2.0', 'the tag is v0.2.0, but package.json says version 0.1.0: tag v0.1.0, or change it in .projenrc.ts'],
  ['0.1.0', 'the tag is 0.1.0, but package.json says version 0.1.0'],
  ['v0.1.0', 'CHANGELOG.md has no section of 0.1.0, but of Unreleased'],
])('nothing is built for the tag %s: %s', (tag, message) => {
  const folder = mkdtempSync(join(scratch, 'repository-'));
  writeFileSync(join(folder, 'package.json'), '{ "version": "0.1.0" }');
  writeFileSync(join(folder, 'CHANGELOG.md'), '## Unreleased\n\n- a\n');
  // Of the step its second line is the first that can fail.
  expect(() => runStep('Tarball, bill of materials, and what is new', folder, tag, ours(folder))).toThrow(message);
});

describe('the release workflow', () => {
  const jobs = Object.entries(workflow.jobs);

  it('knows no secret: npm takes the package by OIDC, and GitHub by the token of the run', () => {
    expect(workflowText).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|_authToken/);
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } });
  });

  it('gives each job the one right that it needs, and none to the job that runs what is in the repository', () => {
    expect(workflow.permissions).toEqual({});
    expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
      build: { contents: 'read' },
      npm: { 'id-token': 'write' },
      github: { contents: 'write' },
    });
    const withRepository = jobs.filter(([, { steps }]) =>
      steps.some(({ uses }) => uses?.startsWith('actions/checkout')),
    );
    expect(withRepository.map(([name]) => name)).toEqual(['build']);
    expect(jobs.map(([, { needs }]) => needs)).toEqual([undefined, 'build', 'npm']);
  });

  it.each([
    ['v0.1.0', 'latest', ''],
    ['v0.2.0-rc.1', 'next', '--prerelease '],
  ])('of %s publishes what was built, on npm as %s', (tag, channel, before) => {
    const folder = mkdtempSync(join(scratch, 'release-'));
    const path = stubs(folder);
    runStep('Publish', folder, tag, path);
    runStep('Release on GitHub', folder, tag, path);
    const files = ['tgz', 'cdx.json'].map((end) => `release/graylane-${tag.slice(1)}.${end}`);
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
      `npm publish ./${files[0]} --provenance --ignore-scripts --tag ${channel}`,
      `gh release create ${tag} --verify-tag --title ${tag} --notes-file release/notes.md ${before}${files.join(' ')}`,
    ]);
  });
});

/** A PATH whose `npx tsx publish/` are our own scripts, wherever they run. */
function ours(folder: string): string {
  return program(folder, 'npx', `exec "${join(root, 'node_modules/.bin/tsx')}" "${root}/$2" "$3"`);
}

/** A PATH whose npm and gh note what they are called with. */
function stubs(folder: string): string {
  const note = (name: string) => program(folder, name, `echo "${name} $*" >> "${join(folder, 'calls')}"`);
  note('npm');
  return note('gh');
}

function program(folder: string, name: string, text: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
  return `${bin}:${process.env.PATH}`;
}
