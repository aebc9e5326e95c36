/** CHANGELOG.md has a heading for each version, the newest first: `## 0.2.0 (2026-12-01)`, and above them `## Unreleased`. */

/** What the changelog says of a version. Throws where it says nothing. */
export function notesOf(version: string, changelog: string): string {
  const section = sectionsOf(changelog).find(({ title }) => title.split(' ')[0] === version);
  if (!section) {
    throw new Error(
      `CHANGELOG.md has no section of ${version}, but of ${titles(changelog)}: ` +
        `give what is unreleased the heading \`## ${version} (YYYY-MM-DD)\``,
    );
  }
  if (section.text === '') throw new Error(`CHANGELOG.md says nothing of ${version}: say what a user notices`);
  return section.text;
}

/** The sections as they stand. */
export function sectionsOf(changelog: string): { readonly title: string; readonly text: string }[] {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      return { title: title.trim(), text: lines.join('\n').trim() };
    });
}

function titles(changelog: string): string {
  return sectionsOf(changelog)
    .map(({ title }) => title)
    .join(', ');
}
