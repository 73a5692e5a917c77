#include "creds_read.h"

#include <sys/prctl.h>

#include "sys.h"

/*
 * What is not inheritable is not ambient, and what is inheritable need not be in bounding (cap_capset looks at what is
 * added); so each capability needs one question, not two.
 */
static void read_one(unsigned cap, struct ck_capset *caps)
{
    uint64_t bit = ck_cap_bit(cap);

    if ((caps->inheritable & bit) == 0) {
        if (ck_sys_prctl(PR_CAPBSET_READ, cap, 0) == 1)
            caps->bounding |= bit;
    } else if (ck_sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap) == 1) {
        caps->ambient |= bit;
    }
}

int ck_creds_read(uint64_t interest_mask, struct ck_creds *ret_creds)
{
    struct ck_creds creds = {0};
    int result = ck_sys_getresuid(&creds.uids);
    if (result < 0)
        return result;
    result = ck_sys_capget(&creds.caps);
    if (result < 0)
        return result;
    result = ck_sys_prctl(PR_GET_SECUREBITS, 0, 0);
    if (result < 0)
        return result;
    creds.securebits = (uint32_t)result;
    while (interest_mask != 0)
        read_one(ck_cap_take_lowest(&interest_mask), &creds.caps);
    *ret_creds = creds;
    return 0;
}

unsigned ck_creds_last_cap(void)
{
    unsigned cap = 0;

    while (cap + 1 < CK_CAPS_MAX && ck_sys_prctl(PR_CAPBSET_READ, cap + 1, 0) >= 0)
        cap++;
    return cap;
}
