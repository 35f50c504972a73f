import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

// One file at a time: each starts JVMs of its own.
export default mergeConfig(
  { resolve: base.resolve ?? {} },
  defineConfig({
    test: {
      include: ['spec/kafka/**/*.spec.ts'],
      fileParallelism: false,
      testTimeout: 120_000,
      // The first run of a version downloads it.
      hookTimeout: 600_000,
    },
  }),
)
