#include "carry.h"

#include <fcntl.h>

#include "../hot/sys.h"

static struct ck_put_back this_exec(const struct ck_target *target, char *const *argv)
{
    const int flags = target->flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
    struct ck_put_back now = {.pid = ck_sys_getpid(), .arguments = ck_put_back_hash(argv)};
    struct ck_file_stat stat;

    if (ck_sys_statx(target->dirfd, target->path, flags, &stat) == 0) {
        now.dev = stat.dev;
        now.ino = stat.ino;
    }
    return now;
}

enum ck_carry_way ck_carry_for_exec(const struct ck_state *state, const struct ck_target *target, char *const *argv,
                                    char *const *envp, struct ck_carry *ret_carry, char *text)
{
    const struct ck_put_back *before = &state->put_back;
    struct ck_put_back noted = *before;
    struct ck_text room = ck_text_start(text, CK_PUT_BACK_SIZE);

    if (state->carry.preload == NULL)
        return CK_CARRY_AS_EVER;
    if (!ck_environ_has_library(envp)) {
        noted = this_exec(target, argv);
        if (ck_put_back_is_again(before, &noted))
            return CK_CARRY_DECLINED;
    } else if (before->pid == 0 || before->pid != ck_sys_getpid()) {
        return CK_CARRY_AS_EVER;
    }
    /* By way of env -i, say, it is still the same process. */
    ck_put_back_format(&noted, &room);
    *ret_carry = state->carry;
    ret_carry->put_back = text;
    return CK_CARRY_NOTED;
}
