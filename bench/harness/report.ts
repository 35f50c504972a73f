import type { Figure } from './run-bench.js'

/** Prints figures as they come: a table for people, or one JSON object a line for programs. */
export function reporter(json: boolean): (figure: Figure) => void {
  if (json) return figure => console.log(JSON.stringify(figure))
  console.log(row(['bench', 'value', 'unit', 'ratio', 'noise', 'floor', '', 'against']))
  return ({ bench, value, unit, ratio, noise, floor, verdict, against, leftOut }) =>
    console.log(
      row([
        bench,
        value === null ? '-' : rounded(value),
        unit,
        ratio?.toFixed(2),
        noise === undefined ? undefined : `${(100 * noise).toFixed(1)} %`,
        floor?.toFixed(2),
        verdict && verdicts[verdict],
        leftOut === undefined ? against : `left out: ${leftOut}`,
      ]),
    )
}

const verdicts = { ok: 'ok', noise: 'ok, within noise', below: 'BELOW' }

const widths = [52, -12, 15, -6, -7, -6, 16, 0]

/** Negative widths are columns of numbers. */
function row(cells: readonly (string | undefined)[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] as number
      return width < 0 ? (cell ?? '').padStart(-width) : (cell ?? '').padEnd(width)
    })
    .join('  ')
    .trimEnd()
}

function rounded(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value < 1e4 ? 3 : 4 })
}
