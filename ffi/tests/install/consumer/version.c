/* Which library is linked, and which header it was compiled with. */
#include <stdio.h>
#include <string.h>

#include <wattsum.h>

int main(void)
{
    printf("header %s, library %s\n", WATTSUM_VERSION, wattsum_version());
    return strcmp(wattsum_version(), WATTSUM_VERSION) != 0;
}
