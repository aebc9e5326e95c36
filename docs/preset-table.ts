import { expressionsOf } from '../lib/core/checks/counters';
import { presets } from '../lib/core/checks/presets';
import { metricsPresets } from 'graylane';

/** What of each system is counted, as PromQL before anything is filled in. */
export function presetTable(): string {
  const rows = metricsPresets.map((metrics) => {
    const { counts, source } = presets[metrics];
    const { 'canary failed': failed } = expressionsOf({ prometheus: '', metrics, atMost: '1%' });
    const first = failed!.split(' or ')[0]!;
    return `| \`${metrics}\` | ${counts} | \`${first.replaceAll('|', '\\|')}\` | ${source} |`;
  });
  return ['| preset | counts | failures of the canary | source |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
