import * as v from 'valibot';
import { GraylaneError, withoutNulls, wrongFields } from '../core';

/** Fields that people write where the version calls them otherwise. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  weight: 'traffic',
  setWeight: 'weight',
  traffic: 'weight',
  objectRef: 'workloadRef',
  workloadRef: 'objectRef.workloadRef',
  httpRoute: 'httpRouteName',
  type: 'classType',
};

/**
 * Untyped input in the shape of a schema. Null is absent, as for Kubernetes.
 * @throws GraylaneError with every field that is unknown, missing or of the wrong type
 */
export function read<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const value = withoutNulls(input);
  const { success, output } = v.safeParse(schema, value);
  if (!success) throw new GraylaneError(wrongFields(schema, value, OTHER_NAMES));
  return output;
}
