import { from, type Observable, type ObservableInput } from 'rxjs'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'

/** What a user's function returned, as an Observable; ArgumentError, naming the function, for what cannot be one. */
export function streamOf<R>(returned: ObservableInput<R>, name: string): Observable<R> {
  try {
    return from(returned)
  } catch (cause) {
    const missing = returned === undefined ? ': is a `return` missing in it?' : ''
    const message = `${name} must return an Observable, a Promise or an iterable; got ${describe(returned)}${missing}`
    throw new ArgumentError(message, { cause })
  }
}
