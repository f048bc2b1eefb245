/* What a test image gets from the board: a console, an exit code, an instruction counter and the stack's peak.
 * There is no heap on purpose: nothing defines _sbrk, so a call of malloc does not link. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* QEMU with -icount shift=0: one instruction a nanosecond, one SysTick at 25 MHz every 40 of them. */
#define INSTRUCTIONS_PER_TICK 40u

/* Instructions since reset, in steps of INSTRUCTIONS_PER_TICK. Interrupts may be on or off; at least one call
 * every 2^24 ticks (671 million instructions) is needed only while they are off. */
uint64_t instructions(void);

/* stack_paint paints everything below the caller's stack pointer; stack_peak then tells how many bytes below it
 * were touched since. Inline, so that it leaves no frame of its own behind. The counter's interrupt, once in 671
 * million instructions, takes 32 bytes of it. */
#define STACK_PAINT 0xA5C35A3Cu
extern uint32_t stack_bottom[];
extern uint32_t *stack_painted;

static inline void stack_paint(void)
{
    uint32_t *word = stack_bottom, *top;
    __asm__ volatile( /* low registers and no conditional execution: also of Armv6-M */
        "mov %1, sp\n"
        "\tb 2f\n"
        "1:\tstr %2, [%0]\n"
        "\tadds %0, #4\n"
        "2:\tcmp %0, %1\n"
        "\tblo 1b"
        : "+l"(word), "=&l"(top)
        : "l"(STACK_PAINT)
        : "cc", "memory");
    stack_painted = top;
}

size_t stack_peak(void);

/* The console: bytes leave the simulator on its standard output. */
void print(const char *text);
void print_number(uint64_t number);

/* Files in the simulator's working folder, for what is to survive a reboot. file_append adds bytes at the end; it is
 * 0 if not all of them are in the file. file_write does the same with a file that was emptied. file_read reads from
 * the beginning and tells how many bytes; none where there is no such file. */
int file_append(const char *name, const void *bytes, size_t len);
int file_write(const char *name, const void *bytes, size_t len);
size_t file_read(const char *name, void *bytes, size_t size);

/* Ends the simulator with this exit code. Every fault comes here, too. */
_Noreturn void finish(int code);

/* What the Rust library's panic handler calls, and every firmware has to give it. */
_Noreturn void wattsum_panicked(void);

/* Exit codes of the board's own; an image keeps to others. */
#define FINISH_FAULT 101
#define FINISH_PANIC 102
#define FINISH_CLOCK 103

int main(void);

#endif
