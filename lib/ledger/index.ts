export * from './folder';
export * from './left';
