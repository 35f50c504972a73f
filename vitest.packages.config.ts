import { defineConfig } from 'vitest/config'

// What needs packages that nothing else here does: see spec/packages/.
export default defineConfig({
  test: {
    include: ['spec/packages/**/*.spec.ts'],
    testTimeout: 180_000,
    // Installs them.
    hookTimeout: 600_000,
  },
})
