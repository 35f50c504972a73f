import { describe, expect, it } from 'vitest'
import { commandLine, usage } from '../../../src/testing/embedded/command-line.js'

describe('commandLine', () => {
  it.each([
    ['', { port: 9092 }],
    ['--port 0', { port: 0 }],
    ['--port=19092 --brokers 3 --partitions 12', { port: 19092, brokers: 3, partitions: 12 }],
    ['--host ::1', { port: 9092, host: '::1' }],
    ['--host 0.0.0.0 --advertise kafka.test', { port: 9092, host: '0.0.0.0', advertise: 'kafka.test' }],
    ['--advertise localhost', { port: 9092, advertise: 'localhost' }],
  ])('starts with `%s`', (line, options) => {
    expect(commandLine(split(line))).toEqual({ kind: 'start', options })
  })

  it.each(['--help', '-h', '--port 1 --help'])('explains itself with `%s`', line => {
    expect(commandLine(split(line))).toEqual({ kind: 'help' })
  })

  it.each([
    ['--prot 9092', '--prot'],
    ['-x', '-x'],
    ['9092', '9092'],
    ['--port', '--port'],
    ['--port --brokers 3', '--port'],
    ['--port nine', "--port must be a number; got 'nine'"],
    ['--brokers 1.5', "--brokers must be a number; got '1.5'"],
    ['--partitions=-1', "--partitions must be a number; got '-1'"],
    ['--host=', '--host is empty'],
    ['--advertise=', '--advertise is empty'],
    ['--host 0.0.0.0', '--advertise'],
    ['--host ::', '--advertise'],
  ])('says what is wrong with `%s`, in one line', (line, told) => {
    const { message } = commandLine(split(line)) as { message: string }
    expect(message).toContain(told)
    expect(message).not.toMatch(/\n|To specify/)
  })
})

describe('usage', () => {
  it('names every option that is taken, and no other', () => {
    const named = usage.match(/--\w+/g) ?? []
    expect(named).toEqual(['--port', '--host', '--advertise', '--brokers', '--partitions', '--help'].flatMap(twice))
    for (const name of named) {
      expect(commandLine(name === '--help' ? [name] : [name, '7']).kind).toBe(name === '--help' ? 'help' : 'start')
    }
  })
})

const split = (line: string): string[] => line.split(' ').filter(word => word !== '')

/** `--host` is named a second time, where the default of `--advertise` is. */
const twice = (name: string): string[] => (name === '--advertise' ? [name, '--host'] : [name])
