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
    include: ['spec/**/*.spec.ts', 'marble-tests/**/*.marble.ts'],
    exclude: ['spec/kafka/**'],
    testTimeout: 20_000,
  },
})
