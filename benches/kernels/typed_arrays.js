// A sieve over bytes, a blur over doubles, a view over mixed fields.
var kernel = (() => ({
  expected: 200008061,
  run() {
    const sieve = new Uint8Array(200000).fill(1);
    let primes = 0;
    for (let i = 2; i < sieve.length; i++) {
      if (!sieve[i]) continue;
      primes++;
      for (let j = i * 2; j < sieve.length; j += i) sieve[j] = 0;
    }
    const signal = Float64Array.from({ length: 20000 }, (_, i) => i % 100);
    for (let pass = 0; pass < 4; pass++) {
      for (let i = 1; i < signal.length - 1; i++) signal[i] = (signal[i - 1] + 2 * signal[i] + signal[i + 1]) / 4;
    }
    const view = new DataView(new ArrayBuffer(16));
    let sum = 0;
    for (let i = 0; i < 20000; i++) {
      view.setInt32(4, i, true);
      sum += view.getUint16(4, true);
    }
    return primes + Math.round(signal[777]) + sum;
  },
}))();
