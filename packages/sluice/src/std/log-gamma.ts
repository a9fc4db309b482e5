const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI)

/** From here on seven terms of Stirling's series are exact to a double's last digits. */
const farEnough = 15

/**
 * ln Gamma(x) for x > 0, to about 1e-15 of the larger of 1 and the result: Stirling's series (Abramowitz and Stegun,
 * 6.1.40 and 6.1.41), after Gamma(x) = Gamma(x + 1) / x has carried a small x to where the series holds.
 */
export function logGamma(x: number): number {
  let product = 1
  while (x < farEnough) product *= x++
  return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirling(x) - Math.log(product)
}

/** ln Beta(a, b) for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

// The sum of B(2n) / (2n (2n - 1) x^(2n - 1)), B the Bernoulli numbers.
function stirling(x: number): number {
  const y = 1 / (x * x)
  const series =
    1 / 12 +
    y * (-1 / 360 + y * (1 / 1260 + y * (-1 / 1680 + y * (1 / 1188 + y * (-691 / 360360 + y * (1 / 156))))))
  return series / x
}
