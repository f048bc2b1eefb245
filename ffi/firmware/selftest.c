/* Shows that the board can tell good from bad. CASE is what happens; selftest.sh knows how it must end. */
#include "board.h"

void panics(void);

static volatile uint32_t sink;

static __attribute__((noinline, used)) uint32_t deep(uint32_t level)
{
    volatile uint32_t frame[64];
    frame[level % 64] = level;
    if (level == UINT32_MAX) { /* the stack ends long before */
        return 0;
    }
    return deep(level + 1) + frame[level % 64];
}

static __attribute__((noinline)) void thousand_bytes(void)
{
    volatile uint8_t bytes[1000];
    for (uint32_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
    }
    sink = bytes[sink & 511u];
}

/* 3 * turns instructions. */
static void spin(uint32_t turns)
{
    __asm__ volatile("1: nop\n\tsubs %0, #1\n\tbne 1b" : "+l"(turns)::"cc");
}

enum { spin_turns = 1000 * 1000, spin_instructions = 3 * spin_turns };

/* Nine hundred million instructions in steps, past the 671 million at which the 24 bits begin anew. */
static int counts_past_the_wrap(void)
{
    uint64_t start = instructions(), last = start;
    for (int i = 0; i < 300; i++) {
        uint64_t now;
        spin(spin_turns);
        now = instructions();
        if (now - last < spin_instructions || now - last > spin_instructions + 400) {
            return 1;
        }
        last = now;
    }
    return last - start < 300ull * spin_instructions ? 2 : 0;
}

/* The same, with the wrap's interrupt held back while the counter is read. */
static int counts_while_interrupts_are_off(void)
{
    int result;
    __asm__ volatile("cpsid i" ::: "memory");
    result = counts_past_the_wrap();
    __asm__ volatile("cpsie i" ::: "memory");
    return result != 0 ? result : counts_past_the_wrap();
}

static int stack_is_measured(void)
{
    size_t peak;
    stack_paint();
    thousand_bytes();
    peak = stack_peak();
    return peak < 1000 || peak > 1032; /* its own saved registers */
}

enum { ends_well, ends_with_seven, wraps, wraps_masked, stack, fault_read, fault_undefined, overflow,
    overflow_by_a_word, write_through_null, panic_case, hangs };

int main(void)
{
    switch (CASE) {
    case ends_well: return 0;
    case ends_with_seven: return 7;
    case wraps: return counts_past_the_wrap();
    case wraps_masked: return counts_while_interrupts_are_off();
    case stack: return stack_is_measured();
    case fault_read: return (int)*(volatile uint32_t *)0xF0000000u;
    case fault_undefined: __asm__ volatile("udf #0"); return 0;
    case overflow: return (int)deep(0);
    case overflow_by_a_word: *(volatile uint32_t *)((uintptr_t)stack_bottom - 4 - sink) = 1; return 0;
    case write_through_null: *(volatile uint32_t *)sink = 1; return 0;
    case panic_case: panics(); return 0;
    default: for (;;) { }
    }
}
