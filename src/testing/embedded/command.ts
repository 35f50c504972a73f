#!/usr/bin/env node
import { fromEvent, merge, takeUntil } from 'rxjs'
import { messageOf } from '../../connection/message-of.js'
import { ArgumentError } from '../../errors.js'
import { commandLine, usage } from './command-line.js'
import { embeddedBroker } from './embedded-broker.js'
import { greeting } from './greeting.js'
import { type EmbeddedBrokerOptions, embeddedBrokerSettings } from './options.js'

// The program behind `npx kafka-rx-broker`.

const wanted = commandLine(process.argv.slice(2))
if (wanted.kind === 'start') start(wanted.options)
else if (wanted.kind === 'help') process.stdout.write(usage)
else refuse(wanted.message)

function start(options: EmbeddedBrokerOptions): void {
  try {
    const settings = embeddedBrokerSettings(options)
    const stopped = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'))
    embeddedBroker(options)
      .pipe(takeUntil(stopped))
      .subscribe({
        next: broker => process.stdout.write(greeting(broker, settings)),
        error: error => fail(1, `${messageOf(error)}${isTaken(error) ? portAdvice : ''}`),
        // At once, whatever a client has still to read.
        complete: () => process.exit(0),
      })
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    refuse(`--${error.message}`)
  }
}

function refuse(message: string): void {
  fail(2, `${message}\n\n${usage}`)
}

function isTaken(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } }
  return cause?.code === 'EADDRINUSE'
}

const portAdvice = '\nIs a Kafka running there? Give another --port; 0 takes any that are free.'

function fail(exitCode: number, message: string): void {
  process.stderr.write(`kafka-rx-broker: ${message.trimEnd()}\n`)
  process.exitCode = exitCode
}
