// The npm packages that tests with a browser install.

// Since 1.62 it wants Node.js 20; Debian 12 has 18.
const old = Number(process.versions.node.split('.')[0]) < 20;
export const PLAYWRIGHT = old ? 'playwright-core@~1.61.0' : 'playwright-core@1';
export const AXE = 'axe-core@4';
