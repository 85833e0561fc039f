/** Floats as text: Python's repr, and exact rounding to decimals, half to even. */

/** The shortest text that reads back as the same float, in Python's style: 1.0, 1e-07, 1e+16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) return `${mantissa}e${exponentText(exponent)}`
  const text = Math.abs(value) < 1e21 ? decimal(mantissa, exponent) : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** Two digits at least, and always a sign: e+16, e-07. */
export function exponentText(exponent: number): string {
  return (exponent < 0 ? '-' : '+') + String(Math.abs(exponent)).padStart(2, '0')
}

/** `value` with so many decimals, rounded exactly and half to even, as Python's %f and round() do. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return floatText(value)
  const { mantissa, exponent } = parts(Math.abs(value))
  const scaled = mantissa * 10n ** BigInt(decimals)
  let digits = exponent >= 0 ? scaled << BigInt(exponent) : halfEven(scaled, 1n << BigInt(-exponent))
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (decimals === 0) return sign + String(digits)
  let fraction = ''
  const unit = 10n ** BigInt(decimals)
  fraction = String(digits % unit).padStart(decimals, '0')
  digits /= unit
  return `${sign}${digits}.${fraction}`
}

/** Rounds as Python's round(value, digits) does; negative digits round before the point. */
export function rounded(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value
  if (digits >= 0) return Number(fixed(value, Math.min(digits, 400)))
  const unit = 10 ** -digits
  return Number.isFinite(unit) ? Number(fixed(value / unit, 0)) * unit : 0
}

function decimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace('-', '').replace('.', '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const rest = digits.slice(exponent + 1)
  return sign + (rest ? `${whole}.${rest}` : whole)
}

/** A float taken apart: mantissa times two to the exponent, exactly. */
function parts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const fraction = bits & 0xfffffffffffffn
  const power = Number((bits >> 52n) & 0x7ffn)
  return power === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: power - 1075 }
}

function halfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const twice = (numerator % denominator) * 2n
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient
}
