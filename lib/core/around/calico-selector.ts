import type { LabelSelector } from '../manifests/manifest';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

/** One of its tokens: an operator of words, a sign, a quoted value, a key. Others are not of the language. */
const TOKEN = /\s*(not\s+in\b|starts\s+with\b|ends\s+with\b|&&|\|\||==|!=|[!(){},]|"[^"]*"|'[^']*'|[\w./-]+)/y;

/** What each operator is where it is negated. */
const OPPOSITE = new Map([
  ['In', 'NotIn'],
  ['NotIn', 'In'],
  ['Exists', 'DoesNotExist'],
  ['DoesNotExist', 'Exists'],
]);

/** Either of these, each of which is all of its terms. */
type Either = readonly (readonly Expression[])[];
const EVERYTHING: Either = [[]];
const NOTHING: Either = [];

/**
 * A selector of Calico (`app == 'web' && tier in {'front', 'edge'} || has(public)`), as selectors of which one has to find
 * the pods. Terms about parts of a value (`contains`, `starts with`, `ends with`) are taken to hold.
 * Source: libcalico-go/lib/selector of Calico (tokenizer.go, parser.go), written from its code: `!` binds before `&&`, and that before `||`.
 * @returns undefined for what is none
 */
export function readCalicoSelector(text: string): LabelSelector[] | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const read = new Reader(tokens);
  const found = tokens.length === 0 ? EVERYTHING : read.either(false);
  return found === undefined || !read.done ? undefined : found.map((matchExpressions) => ({ matchExpressions }));
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  const rest = text.trimEnd();
  for (let at = 0; at < rest.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(rest)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token.replace(/\s+/g, ' '));
  }
  return tokens;
}

/** Each method reads what it is named after, or gives undefined. */
class Reader {
  private at = 0;

  public constructor(private readonly tokens: readonly string[]) {}

  public get done(): boolean {
    return this.at === this.tokens.length;
  }

  /** @param negated whether the opposite is wanted */
  public either(negated: boolean): Either | undefined {
    return this.list('||', negated ? and : or, () => this.both(negated));
  }

  private both(negated: boolean): Either | undefined {
    return this.list('&&', negated ? or : and, () => this.part(negated));
  }

  private part(negated: boolean): Either | undefined {
    if (this.takes('!')) return this.part(!negated);
    if (!this.takes('(')) return this.term(negated);
    const inner = this.either(negated);
    return this.takes(')') ? inner : undefined;
  }

  private term(negated: boolean): Either | undefined {
    const key = this.next();
    if (key === undefined || !/^[\w./-]+$/.test(key)) return undefined;
    if ((key === 'all' || key === 'global') && this.takes('(')) {
      return this.takes(')') ? (negated ? NOTHING : EVERYTHING) : undefined;
    }
    if (key === 'has' && this.takes('(')) {
      const named = this.next();
      return named !== undefined && this.takes(')') ? one(named, 'Exists', undefined, negated) : undefined;
    }
    const operator = this.next();
    if (operator === 'in' || operator === 'not in') {
      const values = this.values();
      return values && one(key, operator === 'in' ? 'In' : 'NotIn', values, negated);
    }
    const value = unquoted(this.next());
    if (value === undefined) return undefined;
    if (operator === '==' || operator === '!=') return one(key, operator === '==' ? 'In' : 'NotIn', [value], negated);
    return ['contains', 'starts with', 'ends with'].includes(operator ?? '') ? EVERYTHING : undefined;
  }

  private values(): string[] | undefined {
    if (!this.takes('{')) return undefined;
    const values: string[] = [];
    while (!this.takes('}')) {
      const value = unquoted(this.next());
      if (value === undefined) return undefined;
      values.push(value);
      this.takes(',');
    }
    return values;
  }

  private list(
    sign: string,
    join: (a: Either, b: Either) => Either,
    entry: () => Either | undefined,
  ): Either | undefined {
    let found = entry();
    while (found !== undefined && this.takes(sign)) {
      const other = entry();
      found = other && join(found, other);
    }
    return found;
  }

  private takes(token: string): boolean {
    const is = this.tokens[this.at] === token;
    if (is) this.at += 1;
    return is;
  }

  private next(): string | undefined {
    return this.tokens[this.at++];
  }
}

function one(key: string, operator: string, values: readonly string[] | undefined, negated: boolean): Either {
  return [[{ key, operator: negated ? OPPOSITE.get(operator)! : operator, ...(values && { values }) }]];
}

function or(a: Either, b: Either): Either {
  return [...a, ...b];
}

function and(a: Either, b: Either): Either {
  return a.flatMap((terms) => b.map((others) => [...terms, ...others]));
}

function unquoted(token: string | undefined): string | undefined {
  return /^(['"])(.*)\1$/.exec(token ?? '')?.[2];
}
