import * as v from 'valibot';

export const stringMap = v.record(v.string(), v.string());

/** What is read of the metadata of any kind. */
export const namedShape = {
  metadata: v.object({
    name: v.string(),
    namespace: v.optional(v.string()),
    labels: v.optional(stringMap),
    annotations: v.optional(stringMap),
  }),
};
