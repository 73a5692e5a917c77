/* A module, such as PHP's posix extension, that changes the uid by its own import of setuid. */
#include <unistd.h>

int leave_root(void);
int leave_root(void)
{
    return setuid(65534);
}
