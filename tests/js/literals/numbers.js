// Numeric literals and the text of numbers.
print(0, -0, 1, -1, 1.5, .5, 5., 1e3, 1E-3, 0x1F, 0o17, 0b101, 017, 089, 1_000_000, 0xDEAD_BEEF);
print(1e21, 1e-7, 123456789012345680000, 0.000001, 1.7976931348623157e308, 5e-324, 2 ** 53, 2 ** 53 + 1);
print(0.1 + 0.2, 1 / 3, 100, 1e100, -1e-100, 4294967296, 2147483648, -2147483649);
print(1 / 0, -1 / 0, 0 / 0, 1 / -0, Object.is(-0, 0), Object.is(NaN, NaN));
print(1..toString(), 1.5.toFixed(1), 255..toString(16), 0.5.toString(2), (-255).toString(36));
print(0.1.toFixed(20), 123.456.toPrecision(4), 1e21.toFixed(2), 12345.678.toExponential(2));
print(9007199254740993, 0.1 * 3, 1.1 * 1.1, 1e23, 4.35, 0.000001234);
print(10n, -10n, 0xFFn, 2n ** 64n, 1_000n * 3n, typeof 1n);
