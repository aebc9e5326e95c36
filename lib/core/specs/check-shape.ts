import * as v from 'valibot';

const text = v.string();
const stringMap = v.record(text, text);

const source = v.union([text, v.strictObject({ url: text, headers: v.optional(stringMap) })]);

const counters = v.strictObject({ failed: text, total: text });

const expectation = v.strictObject({
  status: v.optional(v.number()),
  json: v.optional(v.strictObject({ path: text, equals: v.unknown() })),
});

/** The shape of a check. It is all ours: a field that is not known is a slip, and would be a check that checks nothing. */
export const checkShape = v.strictObject({
  name: text,
  dryRun: v.optional(v.boolean()),
  whenUndecided: v.optional(text),
  requests: v.optional(
    v.strictObject({
      prometheus: source,
      metrics: v.union([text, counters]),
      slowerThanSeconds: v.optional(v.number()),
      atMost: v.optional(text),
      noWorseThan: v.optional(
        v.strictObject({
          ratio: v.optional(v.number()),
          unlessBelow: v.optional(text),
          stable: v.optional(counters),
        }),
      ),
      errorProbability: v.optional(text),
    }),
  ),
  http: v.optional(
    v.strictObject({
      url: text,
      headers: v.optional(stringMap),
      expect: expectation,
      broken: v.optional(expectation),
      timeoutSeconds: v.optional(v.number()),
    }),
  ),
  command: v.optional(v.strictObject({ argv: v.array(text), timeoutSeconds: v.optional(v.number()) })),
  alerts: v.optional(v.strictObject({ source, from: text, labels: stringMap })),
});
