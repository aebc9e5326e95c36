import { type Document, LineCounter, parseAllDocuments, stringify, type Tags, visit, type YAMLError } from 'yaml';
import {
  GraylaneError,
  isJsonObject,
  type Manifest,
  objectKey,
  type ObjectMeta,
  objectName,
  type Problem,
  refuse,
} from '../../core';
import { problem } from '../errors';
import type { KruiseVersion } from '../../kruise';
import type { InputFile } from './files';
import { type Origin, lineOf } from './source-positions';

/** An object, and where it was written. */
export interface Source extends Origin {
  readonly object: Manifest;
  /** The document as it was written, comments included. */
  readonly text: string;
  /** Its namespace is written nowhere in it. @default false */
  readonly placed?: boolean;
}

const FOREIGN = /:(timestamp|binary|omap|pairs|set)$/;

/**
 * Kubernetes tools read YAML 1.1 (`0644` is octal, `yes` is true), but take dates and times for text, and know no tags
 * of YAML's own beyond JSON.
 */
const READ = {
  version: '1.1',
  // What it warns of is in the document's own list; it must not write to stderr by itself.
  logLevel: 'error',
  customTags: (tags: Tags) =>
    tags.filter((tag) => typeof tag === 'string' || !(tag.format === 'TIME' || FOREIGN.test(tag.tag))),
} as const;
/** In one document; more of them, or fewer that stand for each other, are an attack or a mistake. */
const MOST_ALIASES = 100;

/**
 * The objects of YAML or JSON files; those of a List one by one.
 * @throws GraylaneError with file and line, for what is no YAML, no object, or there twice
 */
export function parseFiles(files: readonly InputFile[]): Source[] {
  const sources = files.flatMap((file) => parseFile(file));
  refuse(twice(sources));
  return sources;
}

/** The version of Kruise's API in which an object is written. */
export function kruiseVersionOf({ object }: Source): KruiseVersion {
  return object.apiVersion.endsWith('/v1alpha1') ? 'v1alpha1' : 'v1beta1';
}

/** An object as YAML that every reader takes for the same, whatever its version. */
export function printObject(object: Manifest): string {
  return stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

function parseFile({ file, text }: InputFile): Source[] {
  const lines = new LineCounter();
  const all = guarded(file, () => parseAllDocuments(text, { ...READ, lineCounter: lines, prettyErrors: false }));
  // One slip makes a parser stumble many times; the first one is the slip.
  refuse(
    all.flatMap(({ errors, warnings }) =>
      [...errors, ...warnings].slice(0, 1).map((error) => syntax(file, error, lines)),
    ),
  );
  refuse(all.flatMap((document) => checkAliases(document, file, lines)));
  let end = 0;
  const sources = all.flatMap((document) => {
    const written = text.slice(end, document.range[2]);
    end = document.range[2];
    const value = guarded(file, () => document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown);
    return value === null ? [] : objects(value, { file, document, lines, text: withoutMarkers(written) });
  });
  if (sources.length === 0) throw new GraylaneError(problem('file-empty', file, 'no object'));
  return sources;
}

function objects(value: unknown, source: Omit<Source, 'object'>): Source[] {
  const object = toManifest(value, source);
  if (object.kind !== 'List' || !Array.isArray(object.items)) return [{ ...source, object }];
  return object.items.map((item) => {
    const single = toManifest(item, source);
    return { ...source, object: single, text: printObject(single) };
  });
}

function toManifest(value: unknown, source: Omit<Source, 'object'>): Manifest {
  const { apiVersion, kind, metadata } = isJsonObject(value) ? value : {};
  const wrong = [
    ...(typeof apiVersion === 'string' ? [] : ['apiVersion']),
    ...(typeof kind === 'string' ? [] : ['kind']),
    ...(metadata === undefined || isJsonObject(metadata) ? [] : ['metadata']),
  ];
  if (wrong.length > 0) {
    const given = isJsonObject(value) ? `a document whose ${wrong.join(' and ')} is missing or of another type` : value;
    throw new GraylaneError(problem('object-shape', '', given, { subject: [lineOf(source)] }));
  }
  return { ...(value as Manifest), metadata: (metadata ?? {}) as ObjectMeta };
}

/** Objects without a name (a kustomization) may be there more than once. */
function twice(sources: readonly Source[]): Problem[] {
  const first = new Map<string, Source>();
  return sources.flatMap((source) => {
    const { object } = source;
    const before = first.get(objectKey(object));
    if (before === undefined || object.metadata.name === undefined) {
      first.set(objectKey(object), source);
      return [];
    }
    return [
      problem('object-duplicate', '', `${objectName(object)}, as at ${lineOf(before)},`, { subject: [lineOf(source)] }),
    ];
  });
}

function syntax(file: string, { message, code, pos }: YAMLError, lines: LineCounter): Problem {
  return problem(
    code === 'DUPLICATE_KEY' ? 'yaml-duplicate-key' : 'yaml-syntax',
    `${file}:${lines.linePos(pos[0]).line}`,
    message,
  );
}

function checkAliases(document: Document, file: string, lines: LineCounter): Problem[] {
  const aliases: [string, number][] = [];
  const anchors = new Set<string>();
  const problems: Problem[] = [];
  visit(document, {
    Alias: (_, { source, range }) => {
      aliases.push([source, range![0]]);
      if (anchors.has(source)) return;
      problems.push(
        problem('yaml-syntax', `${file}:${lines.linePos(range![0]).line}`, `*${source} without &${source}`),
      );
    },
    Value: (_, { anchor }) => void (anchor !== undefined && anchors.add(anchor)),
  });
  if (aliases.length <= MOST_ALIASES) return problems;
  return [problem('yaml-aliases', `${file}:${lines.linePos(aliases[0]![1]).line}`, `${aliases.length} aliases`)];
}

/** What the parser cannot bear or make sense of is an error of the input. */
function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    const code = message.startsWith('Excessive alias count') ? 'yaml-aliases' : 'yaml-syntax';
    const given = error instanceof RangeError ? 'values nested too deeply' : message;
    throw new GraylaneError(problem(code, file, given));
  }
}

/** A document's text without what only a reader of streams needs: directives, and the lines that begin and end it. */
function withoutMarkers(text: string): string {
  const begin = /^---(?=\s|$)/m.exec(text)?.index;
  const head = begin === undefined ? '' : text.slice(0, begin).replace(/^%.*\n?/gm, '');
  const body = text.slice(begin ?? 0).replace(/^---[ \t]*\r?\n?/, '');
  return `${`${head}${body}`.replace(/^\.\.\.\s*$/gm, '').trim()}\n`;
}
