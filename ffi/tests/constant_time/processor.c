/* Which vector instructions the library finds on this processor: as valgrind shows it, that is what was run. */
#include <stdio.h>

#if defined(__x86_64__)
#include <cpuid.h>
static const char *has(unsigned word, unsigned bit)
{
    return word >> bit & 1 ? "yes" : "no";
}
#endif

int main(void)
{
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    __cpuid_count(7, 0, a, b, c, d);
    printf("AVX2 %s, AVX-512F %s, SHA %s\n", has(b, 5), has(b, 16), has(b, 29));
#else
    puts("no x86-64: what the target always has");
#endif
    return 0;
}
