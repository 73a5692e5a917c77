/* Prints the rows of real.c's table: each function's name with its hash, which ld.so's tables are asked by. */
#include <stdio.h>

#include "../elf/loaded.h"
#include "real.h"

int main(void)
{
#define CK_REAL(name, is_optional) printf("{%#x, %s, \"%s\"},\n", ck_loaded_hash(#name), #is_optional, #name);
#define CK_SYMBOL(name, family, need) CK_REAL_##need(name)
#include "../symbols.def"
    CK_IMPORTS
    return 0;
}
