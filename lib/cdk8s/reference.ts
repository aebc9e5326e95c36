import * as v from 'valibot';
import type { Shape } from '../core';

/** What stands for the name of an object in props: the name, or a construct; which one it is is told where it is read. */
export const reference: Shape = v.union([v.string(), v.looseObject({})]);
