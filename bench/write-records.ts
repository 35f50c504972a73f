import { Kafka, type ProducerOptions } from 'kafka-rx'
import { last } from 'rxjs'

/** Writes so many records of 100 bytes that shrink as records do, to the partitions in turn, and ends. */
const [bootstrap = '', topic = '', records = '', partitions = '', compression = 'none'] = process.argv.slice(2)
const kafka = new Kafka({ bootstrap })
const producer = kafka.producer({ compression: compression as NonNullable<ProducerOptions['compression']> })
const partitionCount = Number(partitions)

/** A thousand in a row go to one partition, as sticky partitioning does. */
function* indices(): Generator<number> {
  for (let index = 0; index < Number(records); index++) yield index
}

function textOf(index: number): string {
  const text = `{"device":"sensor-${(index * 2654435761) % 1_000_000}","reading":${Math.sin(index).toFixed(6)},"unit":"celsius","sequence":${index},"status":"ok"}`
  return text.padEnd(100, ' ').slice(0, 100)
}

producer
  .produceFrom(indices(), index => ({
    topic,
    partition: Math.floor(index / 1000) % partitionCount,
    value: textOf(index),
  }))
  .pipe(last())
  .subscribe(() => kafka.released.subscribe())
