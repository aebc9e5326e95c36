export * from './client';
export * from './clock';
export * from './cluster';
export * from './scripted-outside';
export { type Fate, fateByImage, type FateOf } from './kubelet';
