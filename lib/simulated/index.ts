export * from './client';
export * from './clock';
export * from './cluster';
