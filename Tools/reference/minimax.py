"""Fits the polynomials of Sources/CKernels/ck_math.h (Remez exchange on the relative error).

Run: python3 Tools/reference/minimax.py     (numpy 2.4, mpmath 1.3; prints C float literals)

Each fit is p(t) ~ f(t) on [a, b], where the error is measured as weight(t) * (p(t) - f(t)); the weight turns the
error of the polynomial into the relative error of the function that it is part of. Coefficients are rounded
to float one after the other from the lowest, the rest being fitted again, so that the roundings compensate.
"""
import mpmath as mp

mp.mp.dps = 40


def remez(f, weight, a, b, degree, fixed=()):
    """Least maximum of |weight * (sum c_i t^i - f)| with the lowest coefficients given; returns (coefficients, error)."""
    low = len(fixed)
    n = degree + 1 - low  # free coefficients
    g = lambda t: f(t) - sum(c * t**i for i, c in enumerate(fixed))
    nodes = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (n - i) / n) * mp.mpf("0.9999") for i in range(n + 1)]
    grid = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * i / 600) for i in range(601)]
    grid = [t if abs(t) > mp.mpf("1e-9") else mp.mpf("1e-9") for t in grid]
    fw = [(t, g(t), weight(t)) for t in grid]
    for _ in range(12):
        m = mp.matrix(n + 1, n + 1)
        r = mp.matrix(n + 1, 1)
        for i, t in enumerate(nodes):
            t = t if abs(t) > mp.mpf("1e-9") else mp.mpf("1e-9")
            for j in range(n):
                m[i, j] = t ** (j + low)
            m[i, n] = (-1) ** i / weight(t)
            r[i] = g(t)
        s = mp.lu_solve(m, r)
        c = [s[j] for j in range(n)]
        err = [(t, w * (sum(cj * t ** (j + low) for j, cj in enumerate(c)) - v)) for t, v, w in fw]
        # alternating extremes
        ext = []
        for t, e in err:
            if ext and (e > 0) == (ext[-1][1] > 0):
                if abs(e) > abs(ext[-1][1]):
                    ext[-1] = (t, e)
            else:
                ext.append((t, e))
        while len(ext) > n + 1:
            ext.pop(0 if abs(ext[0][1]) < abs(ext[-1][1]) else -1)
        if len(ext) < n + 1:
            break
        nodes = [t for t, _ in ext]
    return list(fixed) + c, max(abs(e) for _, e in err)


def to_float(x):
    import numpy as np
    return mp.mpf(float(np.float32(float(x))))


def fit(name, f, weight, a, b, degree, fixed=(), exact=0):
    fixed = [mp.mpf(x) for x in fixed]
    c, e = remez(f, weight, mp.mpf(a), mp.mpf(b), degree, fixed)
    while len(fixed) < degree:
        fixed.append(to_float(c[len(fixed)]))
        c, e = remez(f, weight, mp.mpf(a), mp.mpf(b), degree, fixed)
    c = fixed + [to_float(c[-1])]
    print(f"{name}: error {mp.nstr(e, 3)} = 2^{mp.nstr(mp.log(e, 2), 4)}")
    print("  " + ", ".join(float(x).hex().replace("000000p", "p") + "f" for x in c), flush=True)
    return c


if __name__ == "__main__":
    ln2 = mp.log(2)
    h = ln2 / 2 * mp.mpf("1.001")
    # exp(r) = 1 + r + r^2 q(r)
    fit("exp q", lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.exp(r), -h, h, 4)
    # expm1(r) = r + r^2 q(r)
    fit("expm1 q", lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.expm1(r), -h, h, 5)
    # log(1 + f) = f - f^2/2 + f^3 p(f)
    fit("log p", lambda t: (mp.log1p(t) - t + t**2 / 2) / t**3, lambda t: t**3 / mp.log1p(t),
        mp.sqrt(mp.mpf("0.5")) - 1 - mp.mpf("1e-6"), mp.sqrt(2) - 1 + mp.mpf("1e-6"), 8)
    # sin r = r + r^3 s(r^2), cos r = 1 - r^2/2 + r^4 c(r^2)
    q = (mp.pi / 4 * mp.mpf("1.001")) ** 2
    fit("sin s", lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)), mp.mpf("1e-8"), q, 3)
    fit("cos c", lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2 / mp.cos(mp.sqrt(z)),
        mp.mpf("1e-6"), q, 3)
    # tanh x = x + x^3 t(x^2) for |x| <= 0.625
    fit("tanh t", lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        lambda z: z * mp.sqrt(z) / mp.tanh(mp.sqrt(z)), mp.mpf("1e-6"), mp.mpf("0.625") ** 2, 4)
    # erf x = x + x e(x^2) for |x| <= 0.921875;  1 - exp(-x g(x)) above, up to 4
    z1 = mp.mpf("0.921875") ** 2
    fit("erf e", lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
        lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)), mp.mpf("1e-8"), z1, 6)
    fit("erf g", lambda x: -mp.log(mp.erfc(x)) / x, lambda x: x * mp.erfc(x) / mp.erf(x), mp.mpf("0.92"),
        mp.mpf("4.0"), 7)
