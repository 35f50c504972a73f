/** The method by which node's console.log and util.inspect ask an object what to show. */
export const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Fields that are made on access, made to be shown; one that cannot be made shows why. */
export function inspectFields<T extends object>(value: T, names: readonly (keyof T)[]): object {
  const shown = names.map(name => {
    try {
      return [name, value[name]]
    } catch (error) {
      return [name, error]
    }
  })
  return Object.fromEntries(shown)
}
