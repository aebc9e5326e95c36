/** What users of Pulumi read of errors: the way out is one of a program, not of the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ApiError, EngineError, failureCodes, type FailureCode } from '../../lib/cluster';
import { GraylaneError, problem } from '../../lib/core';
import { kubeconfigContent } from '../../lib/pulumi/host/kubeconfig';
import { messageOf } from '../../lib/pulumi/lifecycle/error-messages';

describe('an error', () => {
  test.each(Object.keys(failureCodes) as FailureCode[])('%s names no option of the command line', (code) => {
    const message = messageOf(new EngineError(code, 'web: step-1/canary', 'what was seen'));
    expect(message).toMatch(new RegExp(`^web: step-1/canary: what was seen\\. To fix: .+\\. \\(${code}\\)$`));
    expect(message).not.toMatch(/ --\w|same command|--adopt|graylane up/);
  });

  test('with a way out of its own keeps that', () => {
    const error = new EngineError('unreachable', 'kubeconfig', 'a package is missing', 'npm install it');
    expect(messageOf(error)).toContain('To fix: npm install it.');
  });

  test('of input names the argument', () => {
    const error = new GraylaneError(
      problem('lane-not-found', 'trafficRoutingRef', 'none', { subject: ['rollout web'] }),
    );
    expect(messageOf(error)).toMatch(/^rollout web: lane: there is no lane none; .*TrafficRoutingLane.*lane-not-found/);
  });

  test('of the API server has the way out', () => {
    expect(messageOf(new ApiError(500, 'Internal', 'it broke'))).toMatch(
      /^cluster: it broke\. To fix: .*PULUMI_K8S_SKIP_UPDATE_UNREACHABLE=true.*\(unreachable\)$/,
    );
    expect(messageOf(new ApiError(403, 'Forbidden', 'no'))).toMatch(
      /^cluster: no\. To fix: add the rule .*\(forbidden\)$/,
    );
  });

  test('of nobody we know speaks for itself', () => {
    expect(messageOf(new TypeError('no function'))).toBe('TypeError: no function');
    expect(messageOf(undefined)).toBe('undefined');
  });
});

describe('a kubeconfig', () => {
  test.each([undefined, 'apiVersion: v1\nkind: Config\n', '{"kind":"Config"}'])(
    'that is its content: %s',
    (content) => {
      expect(kubeconfigContent(content)).toBe(content);
    },
  );

  test('that is the path of a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'graylane-'));
    writeFileSync(join(folder, 'config'), 'kind: Config');
    expect(kubeconfigContent(join(folder, 'config'))).toBe('kind: Config');
    rmSync(folder, { recursive: true });
  });

  test('R16 that is neither is refused, and not told: it may be a secret', () => {
    const read = () => kubeconfigContent('aHVudGVyMg==');
    expect(read).toThrow(/neither the content .* nor the path .*\(unreachable\)/);
    expect(read).not.toThrow(/aHVudGVyMg/);
  });
});
