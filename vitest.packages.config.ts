import { defineConfig } from 'vitest/config'

// What looks at the tarball: what is in it, and, with packages that nothing else here needs, whether it works with them.
export default defineConfig({
  test: {
    include: ['spec/package.spec.ts', 'spec/packages/**/*.spec.ts'],
    testTimeout: 180_000,
    // Installs them.
    hookTimeout: 600_000,
  },
})
