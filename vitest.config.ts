import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^kafka-rx$/, replacement: source('src/index.ts') },
      { find: /^kafka-rx\/(\w+)$/, replacement: source('src/$1/index.ts') },
    ],
  },
  test: {
    testTimeout: 20_000,
    // Vitest leaves one core to its own process, which idles here: on two cores that takes twice as long.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'spec',
          include: ['spec/**/*.spec.ts'],
          exclude: ['spec/kafka/**', 'spec/packages/**', 'spec/package.spec.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'marbles', include: ['marble-tests/**/*.marble.ts'], setupFiles: 'marble-tests/virtual-only.ts' },
      },
    ],
  },
})
