#include "apply.h"

#include <sys/prctl.h>

static int apply_step(const struct ck_caller *caller, const struct ck_plan *plan, const struct ck_step *step)
{
    switch ((enum ck_step_kind)step->kind) {
    case CK_STEP_CAPSET:
        return ck_call_capset(caller, &plan->capsets[step->arg]);
    case CK_STEP_AMBIENT_RAISE:
        return ck_call_prctl(caller, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, step->arg);
    case CK_STEP_AMBIENT_LOWER:
        return ck_call_prctl(caller, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, step->arg);
    case CK_STEP_BOUNDING_DROP:
        return ck_call_prctl(caller, PR_CAPBSET_DROP, step->arg, 0);
    case CK_STEP_NO_NEW_PRIVS:
        return ck_call_prctl(caller, PR_SET_NO_NEW_PRIVS, step->arg, 0);
    case CK_STEP_KEEP_CAPS:
        return ck_call_prctl(caller, PR_SET_KEEPCAPS, step->arg, 0);
    }
    return 0;
}

int ck_apply(const struct ck_caller *caller, const struct ck_plan *plan, struct ck_step *ret_failed)
{
    for (unsigned i = 0; i < plan->count; i++) {
        int result = apply_step(caller, plan, &plan->steps[i]);

        if (result < 0) {
            *ret_failed = plan->steps[i];
            return result;
        }
    }
    return 0;
}
