/** The text of a ledger: what is written is read back, and nothing that is broken is taken for a ledger. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatLedger,
  GraylaneError,
  type Ledger,
  locationOf,
  newLedger,
  parseLedger,
  type PodTemplate,
  restsOn,
  revisionOf,
  type RolloutPlan,
  transition,
} from 'graylane';
import { happened } from './walk';

const plan: RolloutPlan = {
  workloadRef: { name: 'web' },
  steps: [
    { replicas: 1, traffic: '5%' },
    { replicas: '50%', traffic: '50%', pause: { duration: 60 } },
    { replicas: 3 },
  ],
  trafficRoutings: [{ service: 'web', ingress: { classType: 'mse', name: 'web' } }],
};

/** Values of templates are no business of an error's text (R16). */
const SECRET = 'hunter2';

function template(version: string): PodTemplate {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ image: version, env: [{ value: SECRET }] }] } };
}

const NOW = '2026-01-02T03:04:05.000Z';
const steady = newLedger(template('v1'));
const begun = transition(steady, { is: 'declared', template: template('v2') }, plan);

/** Every field that a ledger can have. */
const full = [
  { is: 'settled', at: NOW, canaryReplicas: 1 },
  { is: 'settled', at: NOW },
  { is: 'approved', release: 1, step: 1, at: NOW, by: 'ann' },
  { is: 'to', step: 3, stableReplicas: 4 },
  { is: 'abort' },
].reduce<Ledger>((ledger, event) => happened(ledger, event as Parameters<typeof happened>[1], plan), begun);

const templates = fc.record({ metadata: fc.constant({ labels: { app: 'web' } }), spec: fc.jsonValue() });
const events = fc.oneof(
  fc.constantFrom(
    { is: 'settled' as const, at: NOW, canaryReplicas: 2 },
    { is: 'settled' as const, at: '2026-01-02T04:00:00Z' },
    { is: 'abort' as const },
    { is: 'canary-lost' as const },
  ),
  fc.record({ is: fc.constant('approved' as const), release: fc.constant(1), step: fc.integer({ min: 1, max: 3 }) }),
);

test('what is written is read back, wherever a release stands', () => {
  fc.assert(
    fc.property(templates, templates, fc.array(events, { maxLength: 12 }), (stable, target, list) => {
      const first = transition(newLedger(stable), { is: 'declared', template: target }, plan);
      const ledger = list.reduce<Ledger>((one, event) => happened(one, event, plan), first);
      expect(parseLedger(formatLedger(ledger), 'file')).toEqual(JSON.parse(JSON.stringify(ledger)));
    }),
  );
});

/** What else a ledger at rest may hold. */
const atRest = fc.record(
  {
    aborted: fc.constant(revisionOf(template('v0'))),
    workload: fc.constantFrom('web', 'shop-web.v2'),
    references: fc.constantFrom({ stable: ['ConfigMap settings'] }, { stable: ['Secret a', 'Secret b'] }),
  },
  { requiredKeys: [] },
);

describe('at rest, by the text alone', () => {
  test('with this very template: whatever else the ledger holds, in the order in which it is written', () => {
    fc.assert(
      fc.property(
        templates,
        atRest,
        fc.integer({ min: 0, max: 99 }),
        (stable, { aborted, workload, references }, releases) => {
          const { templates, ...ledger } = { ...newLedger(stable), releases };
          const text = formatLedger({
            ...ledger,
            ...(aborted !== undefined && { aborted }),
            ...(workload !== undefined && { workload }),
            templates,
            ...(references !== undefined && { references }),
          });
          expect(restsOn(text, stable, workload ?? 'web')).toBe(true);
          expect(restsOn(text, stable, 'other')).toBe(workload === undefined);
        },
      ),
    );
  });

  test('not with another template, in mid-release, in a ledger of version 1, or written in another way', () => {
    const text = formatLedger(steady);
    expect(restsOn(text, template('v1'), 'web')).toBe(true);
    const one = formatLedger({ ...steady, version: 1, templates: { [steady.stable]: template('v1') } } as never);
    for (const other of [formatLedger(begun), formatLedger(full), one, text.trim(), text.replaceAll('\n', '\r\n')]) {
      expect(restsOn(other, template('v1'), 'web')).toBe(false);
    }
    expect(restsOn(text, template('v2'), 'web')).toBe(false);
  });

  test('whoever edits it: what is taken for a ledger at rest holds this template, and no release', () => {
    const texts = [
      steady,
      begun,
      { ...steady, workload: 'web' },
      { ...steady, references: { stable: ['Secret a'] } },
    ].map(formatLedger);
    const edit = fc.record({
      at: fc.nat(),
      length: fc.nat(40),
      by: fc.constantFrom('', ' ', '"', '}', '\n', ',\n  "release": {}', '1'),
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), edit, (text, { at, length, by }) => {
        const from = at % text.length;
        const edited = text.slice(0, from) + by + text.slice(from + length);
        if (!restsOn(edited, template('v1'), 'web')) return;
        const { release, templates } = JSON.parse(edited) as Ledger;
        expect({ release, templates }).toEqual({ release: undefined, templates: { stable: template('v1') } });
      }),
      { numRuns: 2000 },
    );
  });
});

test('the text is indented and ends with a line end, so that a commit shows what changed', () => {
  const text = formatLedger(full);
  expect(text.split('\n')[1]).toBe('  "version": 2,');
  expect(text.endsWith('}\n')).toBe(true);
  expect(formatLedger(parseLedger(text, 'file'))).toBe(text);
  expect(full.release).toMatchObject({ detour: { step: 3 }, approved: [{ by: 'ann' }], canaryReplicas: 2 });
});

type Json = Record<string, unknown>;

/** A copy with one field changed; undefined removes it. */
function changed(path: string, value: unknown): string {
  const copy = JSON.parse(formatLedger(full)) as Json;
  const fields = path.split('.');
  const last = fields.pop()!;
  const holder = fields.reduce((object, field) => object[field] as Json, copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return JSON.stringify(copy);
}

describe('a broken text is refused, with the field', () => {
  const { stable } = full;
  const edited = { ...template('v1'), spec: { env: SECRET } };
  const whole = formatLedger(full);
  test.each([
    ['empty', '', 'file'],
    ['cut off', whole.slice(0, -20), 'file'],
    ['with marks of a merge', whole.replace('"releases"', '<<<<<<< HEAD\n"releases"'), 'file'],
    ['null', 'null', 'file'],
    ['a list', `[${whole}]`, 'file'],
    ['a string', JSON.stringify(SECRET), 'file'],
    ['no version', changed('version', undefined), 'file: version'],
    ['version as text', changed('version', '1'), 'file: version'],
    ['version 0', changed('version', 0), 'file: version'],
    ['no count of releases', changed('releases', undefined), 'file: releases'],
    ['a negative count', changed('releases', -1), 'file: releases'],
    ['no stable', changed('stable', undefined), 'file: stable'],
    ['templates as a list', changed('templates', [SECRET]), 'file: templates'],
    ['templates as text', changed('templates', SECRET), 'file: templates'],
    ['no template of stable', changed('templates.stable', undefined), 'file: templates.stable'],
    ['no template of the target', changed('templates.target', undefined), 'file: templates.target'],
    ['an edited template', changed('templates.stable', edited), 'file: templates.stable'],
    ['a template that is none', changed('templates.target', SECRET), 'file: templates.target'],
    ['another stable', changed('stable', 'constructor'), 'file: templates.stable'],
    ['an aborted revision that is none', changed('aborted', 1), 'file: aborted'],
    ['a release of null', changed('release', null), 'file: release'],
    ['a release as text', changed('release', 'v2'), 'file: release'],
    ['no number', changed('release.number', undefined), 'file: release.number'],
    ['no target', changed('release.target', undefined), 'file: release.target'],
    ['no steps', changed('release.steps', undefined), 'file: release.steps'],
    ['a step that is none', changed('release.steps', [1]), 'file: release.steps[0]'],
    ['a step without replicas', changed('release.steps.1.replicas', undefined), 'file: release.steps[1].replicas'],
    ['a share that is none', changed('release.steps.0.traffic', 'some'), 'file: release.steps[0].traffic'],
    ['matches of text', changed('release.steps.0.matches', ['x']), 'file: release.steps[0].matches[0]'],
    ['a pause of text', changed('release.steps.1.pause', { duration: '60' }), 'file: release.steps[1].pause.duration'],
    ['no routing', changed('release.routing', undefined), 'file: release.routing'],
    ['a step as the stage', changed('release.stage', 'step-1'), 'file: release.stage'],
    ['a stage that never was', changed('release.stage', 'promote/canary'), 'file: release.stage'],
    ['a time that is none', changed('release.settledAt', 'yesterday'), 'file: release.settledAt'],
    ['a time as a number', changed('release.settledAt', 5), 'file: release.settledAt'],
    ['an abort from nowhere', changed('release.abortedAt', 'somewhere'), 'file: release.abortedAt'],
    ['approvals as an object', changed('release.approved', {}), 'file: release.approved'],
    ['an approval of no step', changed('release.approved', [{ by: 'ann' }]), 'file: release.approved[0].step'],
    ['an approval at no time', changed('release.approved', [{ step: 1, at: '' }]), 'file: release.approved[0].at'],
    ['a detour that is none', changed('release.detour', 3), 'file: release.detour'],
    ['a detour without a step', changed('release.detour.step', undefined), 'file: release.detour.step'],
    ['a detour of no kind', changed('release.detour.open', 'closed'), 'file: release.detour.open'],
    ['a kept route of no step', changed('release.detour.kept', {}), 'file: release.detour.kept.replicas'],
    ['half a canary', changed('release.canaryReplicas', 0.5), 'file: release.canaryReplicas'],
  ])('%s', (_, text, path) => {
    const error = errorOf(text);
    expect(error.problems.map((one) => [one.code, locationOf(one)])).toEqual([['ledger-invalid', path]]);
    expect(error.message).not.toContain(SECRET);
    expect(error.stack).not.toContain('\n    at ');
  });

  test('marks of a merge are told as what they are, with a way out that leads to a ledger', () => {
    const conflict = whole.replace('  "releases"', '<<<<<<< HEAD\n  "releases"');
    expect(errorOf(conflict).message).toMatch(
      /conflict markers of a merge.* To fix: keep the side of the branch that is applied/,
    );
  });

  test('all fields that are wrong are told at once', () => {
    const text = JSON.stringify({ ...full, releases: 'two', stable: 1 });
    expect(errorOf(text).problems.map(locationOf)).toEqual(['file: releases', 'file: stable']);
  });

  test('a newer version is no broken text: it asks for an upgrade', () => {
    expect(errorOf(changed('version', 3))).toMatchObject({ code: 'ledger-version' });
  });

  describe('version 1, whose templates have their revisions as keys', () => {
    const one = (ledger: Ledger, templates: object = keyed(ledger)) =>
      JSON.stringify({ ...ledger, version: 1, templates });

    test.each([
      ['steady', steady],
      ['under way', begun],
      ['on its way back', full],
    ])('is read: %s', (_, ledger) => {
      expect(parseLedger(one(ledger), 'file')).toEqual(JSON.parse(formatLedger(ledger)));
    });

    test.each([
      ['no template of stable', one(full, {}), `file: templates["${stable}"]`],
      [
        'no template of the target',
        one(full, { [stable]: template('v1') }),
        `file: templates["${full.release!.target}"]`,
      ],
      ['an edited template', one(full, { ...keyed(full), [stable]: edited }), `file: templates["${stable}"]`],
      ['templates as a list', one(full, []), 'file: templates'],
      ['a release of null', one({ ...full, release: null as never }), 'file: release'],
    ])('is refused with the field: %s', (_, text, path) => {
      expect(errorOf(text).problems.map((one) => [one.code, locationOf(one)])).toEqual([['ledger-invalid', path]]);
    });
  });

  test('a revision is of the template as the user wrote it: the order of keys is no edit', () => {
    const reversed = Object.fromEntries(Object.entries(template('v1')).reverse());
    expect(revisionOf(reversed)).toBe(stable);
    expect(parseLedger(changed('templates.stable', reversed), 'file').stable).toBe(stable);
  });
});

/** Templates as version 1 had them. */
function keyed({ stable, release, templates }: Ledger): object {
  return { [stable]: templates.stable, ...(release && { [release.target]: templates.target }) };
}

function errorOf(text: string): GraylaneError {
  try {
    parseLedger(text, 'file');
  } catch (error) {
    if (error instanceof GraylaneError) return error;
    throw error;
  }
  throw new Error('the text was taken for a ledger');
}
