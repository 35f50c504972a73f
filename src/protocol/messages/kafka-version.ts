// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.

/** The release of Apache Kafka whose messages and error codes these are. */
export const kafkaVersion = '4.4.0'
