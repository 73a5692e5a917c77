/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_terminal.h"

#include <signal.h>
#include <unistd.h>

bool ck_learn_terminal_is_ours(void)
{
    return isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* To who is in the background that is a job's stop, unless the signal is blocked (tcsetpgrp(3)). */
void ck_learn_terminal_take(void)
{
    sigset_t ttou;
    sigset_t before;

    (void)sigemptyset(&ttou); /* none of these can fail, but where the terminal has been hung up meanwhile */
    (void)sigaddset(&ttou, SIGTTOU);
    (void)sigprocmask(SIG_BLOCK, &ttou, &before);
    (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}
