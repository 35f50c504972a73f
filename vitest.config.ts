import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** They change modules, or measure the heap: each has a worker of its own. */
const alone = [
  'spec/connection/overdue-writes.spec.ts',
  'spec/**/memory.spec.ts',
  'spec/connection/decode-frames.spec.ts',
  'spec/protocol/records/compression/*.spec.ts',
  'spec/broker/many.spec.ts',
  'spec/testing/embedded/retention.spec.ts',
]

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
    // Files share a worker and the modules that it has loaded: loading them anew for each took a third of the time.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'spec',
          include: ['spec/**/*.spec.ts'],
          exclude: ['spec/kafka/**', 'spec/packages/**', 'spec/package.spec.ts', ...alone],
        },
      },
      { extends: true, test: { name: 'alone', include: alone, isolate: true } },
      {
        extends: true,
        test: { name: 'marbles', include: ['marble-tests/**/*.marble.ts'], setupFiles: 'marble-tests/virtual-only.ts' },
      },
    ],
  },
})
