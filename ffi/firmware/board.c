/* Vector table, reset, semihosting, instruction counter and stack paint for QEMU's mps2-an386 (Cortex-M4). */
#include "board.h"

extern uint32_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

/* ---- registers of the Armv7-M system control space ---- */
#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define ICSR (*(volatile uint32_t *)0xE000ED04u)
#define ICSR_PENDSTSET (1u << 26)
#define TICKS (1u << 24)
#define MPU_CTRL (*(volatile uint32_t *)0xE000ED94u)
#define MPU_RBAR (*(volatile uint32_t *)0xE000ED9Cu)
#define MPU_RASR (*(volatile uint32_t *)0xE000EDA0u)

/* ---- semihosting ---- */
enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06,
    SYS_SEEK = 0x0A, SYS_FLEN = 0x0C, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
enum { READ_BINARY = 1, WRITE_BINARY = 5, APPEND_BINARY = 9, NO_FILE = 0xFFFFFFFFu };

static uint32_t semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void print(const char *text)
{
    semihost(SYS_WRITE0, text);
}

void print_number(uint64_t number)
{
    char digits[21];
    char *at = digits + sizeof digits;
    *--at = 0;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    print(at);
}

static uint32_t file_open(const char *name, uint32_t mode)
{
    uint32_t length = 0;
    while (name[length] != 0) {
        length++;
    }
    const uint32_t block[3] = {(uint32_t)name, mode, length};
    return semihost(SYS_OPEN, block);
}

/* SYS_READ and SYS_WRITE tell how many bytes they did not do. */
static size_t file_do(uint32_t operation, uint32_t file, const void *bytes, size_t size)
{
    const uint32_t block[3] = {file, (uint32_t)bytes, size};
    const uint32_t left = semihost(operation, block);
    semihost(SYS_CLOSE, &file);
    return left < size ? size - left : 0;
}

int file_append(const char *name, const void *bytes, size_t len)
{
    const uint32_t file = file_open(name, APPEND_BINARY);
    /* QEMU 7.2 begins at 0 in every mode. */
    const uint32_t end[2] = {file, file == NO_FILE ? 0 : semihost(SYS_FLEN, &file)};
    return file != NO_FILE && semihost(SYS_SEEK, end) == 0 && file_do(SYS_WRITE, file, bytes, len) == len;
}

int file_write(const char *name, const void *bytes, size_t len)
{
    const uint32_t file = file_open(name, WRITE_BINARY);
    return file != NO_FILE && file_do(SYS_WRITE, file, bytes, len) == len;
}

size_t file_read(const char *name, void *bytes, size_t size)
{
    const uint32_t file = file_open(name, READ_BINARY);
    return file == NO_FILE ? 0 : file_do(SYS_READ, file, bytes, size);
}

_Noreturn void finish(int code)
{
    const uint32_t block[2] = {APPLICATION_EXIT, (uint32_t)code};
    semihost(SYS_EXIT_EXTENDED, block);
    for (;;) { /* not reached: the simulator has ended */
    }
}

_Noreturn void wattsum_panicked(void)
{
    print("panic\n");
    finish(FINISH_PANIC);
}

/* ---- instruction counter ---- */
static volatile uint32_t wraps;

static void wrapped(void)
{
    wraps++;
}

uint64_t instructions(void)
{
    uint32_t masked, high, low;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(masked)::"memory");
    high = wraps;
    low = SYST_CVR;
    if (ICSR & ICSR_PENDSTSET) { /* wrapped with the interrupt still waiting: read again, after the wrap for sure */
        low = SYST_CVR;
        high++;
    }
    __asm__ volatile("msr primask, %0" ::"r"(masked) : "memory");
    return ((uint64_t)high * TICKS + (TICKS - 1u - low)) * INSTRUCTIONS_PER_TICK;
}

/* Without -icount the ticks follow the host's clock. A loop of known length shows it: two million instructions. */
static void check_clock(void)
{
    const uint32_t turns = 1000000;
    uint32_t left = turns;
    uint64_t before = instructions(), spent;
    __asm__ volatile("1: subs %0, #1\n\tbne 1b" : "+l"(left)::"cc");
    spent = instructions() - before;
    if (spent < 2u * turns - 200u || spent > 2u * turns + 400u) {
        print("the instruction counter does not count instructions; run QEMU with -icount shift=0\n");
        finish(FINISH_CLOCK);
    }
}

/* ---- stack ---- */
uint32_t *stack_painted;

size_t stack_peak(void)
{
    const uint32_t *word = stack_bottom;
    while (word < stack_painted && *word == STACK_PAINT) {
        word++;
    }
    return (size_t)((const char *)stack_painted - (const char *)word);
}

/* ---- memory protection ---- */

/* The board ignores writes below RAM and lets programs write to its flash. Here both fault: an overflown stack and
 * a write through NULL would otherwise go on with wrong values. */
static void protect(void)
{
    enum { VALID = 1 << 4, ENABLED = 1, NO_EXECUTE = 1 << 28, READ_ONLY = 6 << 24, NO_ACCESS = 0 };
    enum { BYTES_4M = 21 << 1, BYTES_16M = 23 << 1 };
    MPU_RBAR = 0x00000000u | VALID | 0u;
    MPU_RASR = READ_ONLY | BYTES_4M | ENABLED;
    MPU_RBAR = 0x1F000000u | VALID | 1u;
    MPU_RASR = NO_EXECUTE | NO_ACCESS | BYTES_16M | ENABLED;
    MPU_CTRL = 5; /* on, with the default map for all else */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* ---- reset and faults ---- */
void Reset_Handler(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    protect();
    SYST_RVR = TICKS - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7; /* processor clock, interrupt, on */
    while (SYST_CVR == 0) { /* the first tick loads it */
    }
    check_clock();
    finish(main());
}

_Noreturn void fault(void)
{
    print("fault\n");
    finish(FINISH_FAULT);
}

/* A fault may come from a stack that has left the memory: it gets the whole stack anew. */
__attribute__((naked)) static void Fault_Handler(void)
{
    __asm__ volatile("ldr r0, =stack_top\n\tmsr msp, r0\n\tb fault");
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    stack_top,
    Reset_Handler,
    Fault_Handler, /* NMI */
    Fault_Handler, /* HardFault; the three configurable faults escalate to it while they are off */
    Fault_Handler, Fault_Handler, Fault_Handler, 0, 0, 0, 0,
    Fault_Handler, /* SVCall */
    Fault_Handler, 0,
    Fault_Handler, /* PendSV */
    wrapped,       /* SysTick */
};
