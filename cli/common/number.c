#include "number.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int ck_number_pid(const char *text, pid_t *ret_pid)
{
    size_t length = strspn(text, "0123456789");

    /* Ten digits have no number that a long could not hold. */
    if (length == 0 || length > 10 || text[length] != '\0')
        return -EINVAL;
    long long number = strtoll(text, NULL, 10);
    if (number < 1 || number > INT_MAX)
        return -EINVAL;
    *ret_pid = (pid_t)number;
    return 0;
}
