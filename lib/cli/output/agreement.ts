import { relative } from 'node:path';
import { refuse } from '../../core';
import { problem } from '../errors';
import { type CommittedOutput, isWithin } from '../input/committed-output';

/**
 * How many files agree with what is committed, a line.
 * @param top the folder that paths are told from
 * @param ledgers folders of ledgers whose output alone counts; undefined for all
 * @throws GraylaneError output-none, or for each file output-differs, -uncommitted, -ignored or -left-over
 */
export function agreement(output: CommittedOutput, top: string, ledgers: readonly string[] | undefined): string[] {
  const folders = output.folders.filter((one) => ledgers === undefined || ledgers.includes(one.ledgers ?? ''));
  const counts = (file: string) => ledgers === undefined || folders.some(({ folder }) => isWithin(file, folder));
  const written = output.written.filter(counts);
  refuse(written.length === 0 ? [problem('output-none', 'cdk8s.yaml', 'no files')] : []);
  refuse(
    output.differences
      .filter(({ file }) => counts(file))
      .map(({ file, is }) => problem(`output-${is}`, relative(top, file), "the app's output")),
  );
  const names = [...new Set(folders.map(({ folder }) => relative(top, folder)))];
  return [`${names.join(', ') || '.'}: ${written.length} files, as the app writes them`];
}
