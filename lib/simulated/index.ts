export * from './client';
export * from './clock';
export * from './cluster';
export { type Fate, fateByImage, type FateOf } from './kubelet';
