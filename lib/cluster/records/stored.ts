import * as v from 'valibot';
import { EngineError } from '../port/failure';

/**
 * What a ConfigMap of ours holds under one key, in the shape that we wrote.
 * @param at the ConfigMap and the key, for the error
 * @param fix what to do about it, where that is something special
 * @throws EngineError ledger-unreadable, with the first field that is wrong, and never its value (R16)
 */
export function readStored<S extends v.GenericSchema>(
  schema: S,
  text: string,
  at: string,
  fix?: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, parse(text, at, fix));
  if (result.success) return result.output;
  const [{ path = [], expected, received }] = result.issues;
  const field = path.map(({ key }) => String(key)).join('.');
  const is =
    received === 'undefined' ? 'missing' : `${received.startsWith('"') ? 'a value' : received}, and not ${expected}`;
  throw new EngineError('ledger-unreadable', at, `${field === '' ? 'it' : field} is ${is}`, fix);
}

function parse(text: string, at: string, fix?: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own words would quote the text.
    throw new EngineError('ledger-unreadable', at, 'it is no JSON', fix);
  }
}

const text = v.string();
const names = v.looseObject({ name: text, namespace: text });
const step = v.looseObject({ replicas: v.union([v.number(), text]), pause: v.optional(v.looseObject({})) });

/** What is stored of a rollout beside its ledger. */
export const factsSchema = v.looseObject({
  rollout: text,
  workload: text,
  lane: v.optional(names),
  plan: v.looseObject({
    steps: v.array(step),
    trafficRoutingRef: v.optional(text),
    trafficRoutings: v.optional(v.array(v.looseObject({ service: text }))),
    supports: v.optional(v.looseObject({ warmUp: v.boolean() })),
  }),
  settled: v.optional(text),
  mostOfStable: v.optional(v.number()),
  declared: v.optional(text),
  created: v.boolean(),
});

const objectRef = v.looseObject({
  service: text,
  customNetworkRefs: v.optional(v.array(v.looseObject({ name: text }))),
});

/** A lane, as it was declared. */
export const laneSchema = v.looseObject({
  name: text,
  namespace: v.optional(text),
  objectRef: v.pipe(v.array(objectRef), v.minLength(1)),
  hops: v.optional(v.array(objectRef)),
  tag: v.optional(v.looseObject({ baggage: text })),
  matches: v.optional(v.array(v.looseObject({}))),
  weight: v.optional(v.number()),
  requestHeaderModifier: v.optional(v.looseObject({})),
});

/** Who takes part in a lane. */
export const holdersSchema = v.array(
  v.looseObject({
    rollout: text,
    namespace: text,
    deployment: text,
    uid: text,
    release: v.number(),
    services: v.array(text),
    holds: v.boolean(),
  }),
);
