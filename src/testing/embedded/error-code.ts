import { type ErrorName, errors } from '../../protocol/error-codes.js'

/** The number of an error, as it stands in `errorCode` fields. */
export function code(name: ErrorName): number {
  return errors[name].code
}

/** An error with what Kafka says beside it. */
export interface Failure {
  readonly error: ErrorName
  readonly message: string | null
}
