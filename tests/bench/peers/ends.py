# SPDX-License-Identifier: MIT
"""The number of digits of F(n), its first K and its last K, by Python's own integers and decimals.

For n >= 2000 and K = 10: F(n) = phi^n / sqrt(5) up to a relative error below 10^-800, and 60 digits of
log10(phi) leave more than 30 right ones of its fraction at n = 10^18.
"""

import decimal

K = 10
SCALE = 10**K

decimal.getcontext().prec = 60
_LOG_PHI = ((1 + decimal.Decimal(5).sqrt()) / 2).log10()
_LOG_SQRT5 = decimal.Decimal(5).log10() / 2
decimal.getcontext().prec = 40


def _last_digits(n):
    a, b = 0, 1  # F(k), F(k+1) mod 10^K
    for bit in bin(n)[2:]:
        a, b = a * (2 * b - a) % SCALE, (a * a + b * b) % SCALE
        if bit == "1":
            a, b = b, (a + b) % SCALE
    return a


with decimal.localcontext() as _context:
    _context.prec = 60
    _SCALED_LOG_PHI = int(_LOG_PHI.scaleb(50))
    _SCALED_LOG_SQRT5 = int(_LOG_SQRT5.scaleb(50))


def ends(n):
    """Returns "first...last (digits)" of F(n)."""
    log = n * _SCALED_LOG_PHI - _SCALED_LOG_SQRT5
    digits, fraction = divmod(log, 10**50)
    first = decimal.Decimal(10) ** decimal.Decimal(fraction).scaleb(-50)
    return f"{int(first.scaleb(K - 1))}...{_last_digits(n):0{K}} ({digits + 1} digits)"


def keys_of(path):
    """The keys in a file, one a line."""
    with open(path, encoding="ascii") as file:
        return [int(line) for line in file]


def report(keys_per_s, answers):
    """Prints what farm_bench reads: keys a second, then every answer by its key."""
    print(f"{keys_per_s:.0f}")
    for key in sorted(answers):
        print(f"F({key}) = {answers[key]}")
