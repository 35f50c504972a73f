import { embeddedBroker } from 'kafka-rx/testing'
import { addressOf } from './address-of.js'
import { tour } from './tour.js'

const [given] = (process.env['KAFKA_BROKERS'] ?? '').split(',')

const lines = given
  ? tour(addressOf(given))
  : embeddedBroker({}, ({ bootstrap: [own = ''], fault }) =>
      tour(addressOf(own), () => fault({ api: 'Fetch', lose: true })),
    )

console.log(given ? `On ${given}` : 'On an embedded broker; KAFKA_BROKERS=host:port npm start takes a real one')

lines.subscribe({
  next: line => console.log(line),
  error: error => {
    console.error(`${error.name} (${error.code}): ${error.message}`)
    process.exitCode = 1
  },
})
