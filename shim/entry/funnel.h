#pragma once
/* The one path that every wrapper takes. Wrappers translate arguments; what is done is decided below here. */
#include "../cold/state.h"
#include "../hot/program.h"
#include "../hot/settle.h"
#include "real.h"

/* The sealed state; loads it where a dependency's constructor has called a wrapper before ours ran. */
static inline const struct ck_state *ck_state_get(void)
{
    if (!ck_sealed.state.ready)
        ck_entry_start();
    return &ck_sealed.state;
}

/* Around a credential change of the whole process. `broadcast` is false for a raw system call: that thread alone. */
void ck_funnel_change_begin(const struct ck_state *state, bool broadcast, struct ck_change *ret_change);
void ck_funnel_change_end(const struct ck_state *state, const char *call, const struct ck_change *change);

struct ck_exec {
    struct ck_plan undo;
    enum ck_environ_mode mode;
    struct ck_environ_need need;
};

/*
 * Before a program is started from `target` with `envp`, in the calling thread. `spawns` is true where the thread
 * itself lives on: then nothing that cannot be undone is done. `resets_ids` counts the real uid as the effective one.
 * Returns 0, or -EPERM where the policy refuses. Every 0 is followed by ck_funnel_exec_end when the real call returns.
 */
int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *envp, bool spawns, bool resets_ids, struct ck_exec *ret_exec);
void ck_funnel_exec_end(const struct ck_exec *exec);
