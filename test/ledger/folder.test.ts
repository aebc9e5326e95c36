/** Ledger files: whole or not at all. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { GraylaneError, type Ledger, newLedger } from 'graylane';
import { ledgerFile, listLedgers, readLedger, writeLedger } from 'graylane/ledger';
import { beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graylane-'));
});

function ledger(image: string): Ledger {
  return newLedger({ spec: { containers: [{ image }] } });
}

test('what is written is read, in folders that are not there yet', () => {
  const prod = join(folder, 'releases', 'prod');
  writeLedger(prod, 'rollout-a', ledger('v1'));
  expect(readLedger(prod, 'rollout-a')).toEqual(ledger('v1'));
  expect(readdirSync(prod)).toEqual(['rollout-a.json']);
});

test('a rollout without a file, and a folder that is not there, have no ledger', () => {
  expect(readLedger(folder, 'rollout-a')).toBeUndefined();
  expect(readLedger(join(folder, 'nowhere'), 'rollout-a')).toBeUndefined();
  expect(listLedgers(join(folder, 'nowhere'))).toEqual([]);
});

test('only ledgers are listed', () => {
  for (const name of ['rollout-b', 'rollout-a']) writeLedger(folder, name, ledger('v1'));
  for (const name of ['README.md', 'rollout-c.json.77.unfinished']) writeFileSync(join(folder, name), '{');
  expect(listLedgers(folder)).toEqual(['rollout-a', 'rollout-b']);
});

test('a broken file is named', () => {
  writeFileSync(ledgerFile(folder, 'rollout-a'), '{');
  expect(() => readLedger(folder, 'rollout-a')).toThrow(`${ledgerFile(folder, 'rollout-a')}: `);
});

test('what is there and cannot be read is an error, not a rollout without a ledger', () => {
  mkdirSync(ledgerFile(folder, 'rollout-a'));
  writeFileSync(join(folder, 'file'), '');
  const reads = [() => readLedger(folder, 'rollout-a'), () => listLedgers(join(folder, 'file'))];
  for (const read of reads) {
    expect(read).toThrow(GraylaneError);
    expect(read).toThrow('file-unreadable');
  }
});

test('a write that fails leaves the old file', () => {
  writeLedger(folder, 'rollout-a', ledger('v1'));
  const file = ledgerFile(folder, 'rollout-a');
  mkdirSync(`${file}.${process.pid}.unfinished`);
  expect(() => writeLedger(folder, 'rollout-a', ledger('v2'))).toThrow();
  expect(readLedger(folder, 'rollout-a')).toEqual(ledger('v1'));
});

test('a write that fails leaves no draft', () => {
  mkdirSync(join(ledgerFile(folder, 'rollout-a'), 'in-the-way'), { recursive: true });
  expect(() => writeLedger(folder, 'rollout-a', ledger('v1'))).toThrow();
  expect(readdirSync(folder)).toEqual(['rollout-a.json']);
});

test('who reads while others write sees whole ledgers only', async () => {
  const [small, large] = [ledger('v1'), ledger('v2'.repeat(200_000))];
  const texts = [small, large].map((one) => {
    writeLedger(folder, 'rollout-a', one);
    return readFileSync(ledgerFile(folder, 'rollout-a'), 'utf8').length;
  });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const reader = readInLoop(ledgerFile(folder, 'rollout-a'), stop);
  await reader.started;
  for (let i = 0; i < 40; i++) writeLedger(folder, 'rollout-a', i % 2 === 0 ? small : large);
  Atomics.store(stop, 0, 1);
  const seen = await reader.lengths;
  expect(seen.filter((length) => !texts.includes(length))).toEqual([]);
});

/** Lengths of the file's texts that a thread has read until it was stopped. */
function readInLoop(file: string, stop: Int32Array) {
  const worker = new Worker(
    `const { readFileSync } = require('node:fs');
     const { parentPort, workerData: { file, stop } } = require('node:worker_threads');
     const lengths = new Set();
     parentPort.postMessage('started');
     while (Atomics.load(stop, 0) === 0) lengths.add(readFileSync(file, 'utf8').length);
     parentPort.postMessage([...lengths]);`,
    { eval: true, workerData: { file, stop } },
  );
  const started = new Promise((resolve) => worker.once('message', resolve));
  const lengths = new Promise<number[]>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message) => Array.isArray(message) && resolve(message as number[]));
  });
  return { started, lengths };
}
