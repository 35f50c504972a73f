import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, from, lastValueFrom, type Observable, Subject, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { produceCsv } from '../examples/csv-file.js'
import { handlersOf, type Response } from '../examples/express.js'
import { produceReadings, type Reading } from '../examples/hot-stream.js'
import { Kafka } from '../src/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../src/testing/index.js'

// The examples that show how to produce, run against an embedded cluster.

const withKafka = <T>(use: (kafka: Kafka, cluster: EmbeddedBroker) => Observable<T> | Promise<T>): Promise<T> =>
  lastValueFrom(embeddedBroker({}, cluster => use(new Kafka({ bootstrap: cluster.bootstrap }), cluster)))

const valuesIn = (cluster: EmbeddedBroker, topic: string) => cluster.records(topic, 0).map(({ value }) => String(value))

describe('the hot stream', () => {
  it('goes on after a record that was refused', async () => {
    const results = await withKafka((kafka, cluster) => {
      const readings$ = new Subject<Reading>()
      const produced = firstValueFrom(produceReadings(kafka, readings$).pipe(toArray())).then(results => ({
        results: results.map(({ input, error, offset }) => [input.celsius, error?.outcome ?? offset]),
        log: valuesIn(cluster, 'readings'),
      }))
      readings$.next({ sensor: 'a', celsius: 20 })
      readings$.next({ sensor: 'a'.repeat(2 ** 20), celsius: 21 })
      readings$.next({ sensor: 'a', celsius: 22 })
      readings$.complete()
      return produced
    })
    expect(results.results.toSorted()).toEqual([
      [20, 0n],
      [21, 'unsent'],
      [22, 1n],
    ])
    expect(results.log).toEqual(['20', '22'])
  })
})

describe('the CSV file', () => {
  it('is produced line by line', async () => {
    const path = join(tmpdir(), `kafka-rx-people-${process.pid}.csv`)
    const lines = Array.from({ length: 5000 }, (_, id) => `${id},somebody`)
    writeFileSync(path, lines.join('\n'))
    try {
      const { count, log } = await withKafka((kafka, cluster) =>
        firstValueFrom(produceCsv(kafka, path)).then(count => ({ count, log: valuesIn(cluster, 'people') })),
      )
      expect(count).toBe(5000)
      expect(log).toEqual(lines)
    } finally {
      rmSync(path)
    }
  })

  it('that is not there is an error', async () => {
    await expect(withKafka(kafka => produceCsv(kafka, join(tmpdir(), 'nobody.csv')))).rejects.toThrow('ENOENT')
  })
})

describe('the handlers', () => {
  const answerOf = async (handle: (response: Response) => Promise<void>): Promise<unknown> => {
    const answers: unknown[] = []
    const response: Response = {
      status: code => {
        answers.push(code)
        return response
      },
      json: body => answers.push(body),
    }
    await handle(response)
    return answers
  }

  it('answer with where the order is', async () => {
    const { answer, log } = await withKafka(async (kafka, cluster) => ({
      answer: await answerOf(response =>
        handlersOf(kafka).postOrder({ params: { id: 7 }, body: { total: 3 } }, response),
      ),
      log: cluster.records('orders', 0).map(({ key, value }) => `${key}: ${value}`),
    }))
    expect(answer).toEqual([202, { partition: 0, offset: '0' }])
    expect(log).toEqual(['7: {"total":3}'])
  })

  it('answer with the outcome where it is not taken', async () => {
    const answer = await withKafka((kafka, { fault }) => {
      fault({ api: 'Produce', error: 'TOPIC_AUTHORIZATION_FAILED' })
      return answerOf(response => handlersOf(kafka).postOrder({ params: { id: 7 }, body: {} }, response))
    })
    expect(answer).toEqual([503, { outcome: 'rejected' }])
  })

  it('answer line by line', async () => {
    const answer = await withKafka(kafka =>
      from(answerOf(response => handlersOf(kafka).postLines({ params: {}, body: ['a', 'b'] }, response))),
    )
    expect(answer).toEqual([['0@0', '0@1']])
  })
})
