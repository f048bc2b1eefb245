#!/usr/bin/env python3
"""Paillier by `phe`, per reading: what a smart-meter project picks that starts from a Python library.

    python3 -m venv .venv && .venv/bin/pip install phe==1.5.0 gmpy2
    .venv/bin/python benches/paillier.py [--bits 2048] [--meters 1000]

With gmpy2 installed phe computes with GMP, and without it in Python: which one it was is printed. Ciphertexts are obfuscated
(re-randomised), as they must be before anybody sees them. The aggregator of the usual scheme adds ciphertexts and cannot open
them; whoever holds the key can open every single one. Nothing authenticates a ciphertext or binds it to meter and round, and
nothing shows its range: a plaintext is any number below n.
"""
import argparse
import time

from phe import paillier, util


def fastest(times, work):
    """Seconds of the fastest run: what a noisy machine repeats best."""
    def once():
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bits", type=int, default=2048)
    parser.add_argument("--meters", type=int, default=1000)
    arguments = parser.parse_args()
    public, private = paillier.generate_paillier_keypair(n_length=arguments.bits)
    readings = [n * 37 % 3000 for n in range(arguments.meters)]
    few = readings[:20]
    ciphertexts = [public.encrypt(reading) for reading in few]
    ciphertexts = [ciphertexts[n % len(few)] for n in range(arguments.meters)]
    truth = sum(few[n % len(few)] for n in range(arguments.meters))

    def add():
        total = ciphertexts[0]
        for ciphertext in ciphertexts[1:]:
            total += ciphertext
        return total

    total = add()
    assert private.decrypt(total) == truth
    rows = {
        "encrypt": fastest(5, lambda: [public.encrypt(reading) for reading in few]) / len(few),
        "add": fastest(10, add) / (arguments.meters - 1),
        "decrypt": fastest(20, lambda: private.decrypt(total)),
    }
    print(f"phe {arguments.bits} bit, {'GMP by gmpy2' if util.HAVE_GMP else 'without gmpy2'}, a reading of 8 bytes: "
          f"{2 * arguments.bits // 8} bytes")
    for name, seconds in rows.items():
        print(f"{name}: {seconds * 1e6:.1f} µs")


if __name__ == "__main__":
    main()
