/** Apps that are synthesized, and what their YAML says. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { App, type AppProps } from 'cdk8s';
import {
  type Deployment,
  GraylaneError,
  type Manifest,
  type PodTemplate,
  type StageName,
  type StringMap,
} from 'graylane';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { EndToEndCanary, type SampleProps } from '../../examples/end-to-end-canary/sample';

export const GRAY = { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' };
export const TRACK = 'graylane.io/track';
export const SUBSET = 'mse.ingress.kubernetes.io/service-subset';

export type Objects = ReadonlyMap<string, Manifest>;

/** A folder of its own for each call. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'graylane-'));
}

export function newApp(props: AppProps = {}): App {
  return new App({ outdir: newFolder(), ...props });
}

/** What the app's YAML holds, by `Kind/name`, with the namespace in front where there is one. */
export function synth(app: App): Objects {
  return objectsIn(app.synthYaml());
}

export function objectsIn(yaml: string): Objects {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
  const byName = new Map(objects.map((object) => [nameOf(object), object]));
  expect(byName.size).toBe(objects.length);
  return byName;
}

function nameOf({ kind, metadata: { name, namespace } }: Manifest): string {
  return [namespace, kind, name].filter((part) => part !== undefined).join('/');
}

export function object(objects: Objects, name: string): Manifest {
  expect([...objects.keys()]).toContain(name);
  return objects.get(name)!;
}

export function deployment(objects: Objects, name: string): Deployment {
  return object(objects, `Deployment/${name}`) as Deployment;
}

export function image({ spec }: PodTemplate): string {
  return (spec as { containers: { image: string }[] }).containers[0]!.image;
}

/** Names of the objects that one synthesis has and the other lacks. */
export function added(before: Objects, after: Objects): string[] {
  return [...after.keys()].filter((name) => !before.has(name)).sort();
}

/** The seed's sample with both services at v1, unless told otherwise. */
export function sample(props: Partial<SampleProps> = {}, appProps: AppProps = {}): { app: App; chart: EndToEndCanary } {
  const app = newApp(appProps);
  return { app, chart: new EndToEndCanary(app, { a: { image: 'a:v1' }, b: { image: 'b:v1' }, ...props }) };
}

/** The template of one of the sample's services with that image. */
export function templateOf(service: 'a' | 'b', tag: string): PodTemplate {
  const { app } = sample({ [service]: { image: tag } });
  return deployment(synth(app), `spring-cloud-${service}`).spec.template;
}

const stableOf = { a: templateOf('a', 'a:v1'), b: templateOf('b', 'b:v1') };

/** The sample with releases from v1 to v2 at these stages; a service without a stage runs v1. */
export function sampleAt(stages: { readonly a?: string; readonly b?: string }): Objects {
  const at = (service: 'a' | 'b') => {
    const stage = stages[service] as StageName | undefined;
    return stage === undefined
      ? { image: `${service}:v1` }
      : { image: `${service}:v2`, stage, stable: stableOf[service] };
  };
  return synth(sample({ a: at('a'), b: at('b') }).app);
}

/** Whether a selector of the YAML finds pods with these labels. */
export function selects(selector: StringMap, labels: StringMap): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/**
 * What R1 and R3 demand of two syntheses that are applied one after the other in the worst order: of what one commit
 * changes, anything may come first.
 */
export function expectSafe(before: Objects, after: Objects, stable: string): void {
  const [deploymentName, canaryName] = [`Deployment/${stable}`, `Deployment/${stable}-canary`];
  const same = (name: string) => JSON.stringify(before.get(name)) === JSON.stringify(after.get(name));
  const template = (objects: Objects) => JSON.stringify((objects.get(deploymentName) as Deployment).spec.template);
  const routes = [...new Set([...before.keys(), ...after.keys()])].filter((name) => /^Ingress\/.*-canary/.test(name));
  for (const route of routes.filter((name) => !same(name))) {
    // R1 what leads to the canary changes while the canary stands, unchanged; R3 and while stable is what it will be.
    expect(before.has(canaryName), `${route} changes without a canary`).toBe(true);
    expect(same(canaryName), `${route} changes together with the canary`).toBe(true);
    expect(template(before), `${route} changes together with stable`).toBe(template(after));
  }
  const open = routes.filter((name) => leadsToCanary(before.get(name)));
  if (!after.has(canaryName)) expect(open, 'the canary goes while its route is open').toEqual([]);
}

function leadsToCanary(ingress: Manifest | undefined): boolean {
  const bySubset = Boolean(ingress?.metadata.annotations?.[SUBSET]);
  return bySubset || JSON.stringify(ingress?.spec ?? {}).includes('-canary"');
}

/** What another synthesis changes. */
export function changes(before: Objects, after: Objects): string[] {
  const changed = [...after.keys()].filter(
    (name) => before.has(name) && !isDeepStrictEqual(before.get(name), after.get(name)),
  );
  return [
    ...added(before, after).map((name) => `created ${name}`),
    ...changed.map((name) => `changed ${name}`),
    ...added(after, before).map((name) => `deleted ${name}`),
  ].sort();
}

/** The user error that the work ends with. */
export function errorOf(run: () => unknown): GraylaneError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(GraylaneError);
    return error as GraylaneError;
  }
  throw new Error('nothing was refused');
}
