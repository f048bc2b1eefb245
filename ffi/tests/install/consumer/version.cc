/* Which library is linked, and which header it was compiled with. */
#include <cstdio>
#include <cstring>

#include <wattsum.h>

int main()
{
    std::printf("header %s, library %s\n", WATTSUM_VERSION, wattsum_version());
    return std::strcmp(wattsum_version(), WATTSUM_VERSION) != 0;
}
