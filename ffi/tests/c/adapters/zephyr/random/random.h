/* In place of Zephyr's own: the one function that the adapter calls, as Zephyr declares it. */
#ifndef ZEPHYR_RANDOM_STAND_IN_H
#define ZEPHYR_RANDOM_STAND_IN_H

#include <stddef.h>

int sys_csrand_get(void *dst, size_t len);

#endif
