/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convert.h"

#include <stddef.h>

static const char *const sources[] = {
    [CK_FROM_SYSTEMD] = "systemd",
    [CK_FROM_PAM_CAP] = "pam_cap",
    [CK_FROM_OPENRC] = "openrc",
    [CK_FROM_OPENRC + 1] = NULL,
};
static const char *const targets[] = {
    [CK_TO_SETPRIV] = "setpriv",       [CK_TO_SYSTEMD] = "systemd", [CK_TO_PAM_CAP] = "pam_cap",
    [CK_TO_DROPIN] = "systemd-dropin", [CK_TO_DROPIN + 1] = NULL,
};

static const struct ck_option options[] = {
    {.id = CK_CONVERT_FROM,
     .name = "from",
     .kind = CK_WORD,
     .value = "KIND",
     .words = sources,
     .excludes = "to policy",
     .operand = CK_FILE,
     .help = "FILE (\"-\": standard input) is a systemd unit or what `systemctl cat` prints, pam_cap's\n"
             "capability.conf, or an OpenRC service script"},
    {.id = CK_CONVERT_TO,
     .name = "to",
     .kind = CK_WORD,
     .value = "KIND",
     .words = targets,
     .excludes = "from",
     .operand = CK_RULE_NAME,
     .help = "a command line, a unit, a line of capability.conf; or what to add to a unit that starts a\n"
             "launcher as root, for RULE or without it for the whole policy"},
    {.id = CK_CONVERT_POLICY,
     .name = "policy",
     .kind = CK_FILE,
     .value = "FILE",
     .excludes = "from",
     .help = "RULE is in this file; else it is in the installed policy"},
    {.name = NULL},
};

const struct ck_verb ck_convert_table = {
    .name = "convert",
    .purpose = "turn other programs' configurations into a policy, or a rule into theirs",
    .usage = "convert --from systemd|pam_cap|openrc FILE\n"
             "       capkeep convert --to setpriv|systemd|pam_cap [--policy FILE] RULE\n"
             "       capkeep convert --to systemd-dropin [--policy FILE] [RULE]",
    .about = "Prints a policy that says what FILE says, and never more: what is not understood exactly is refused, "
             "with its\n"
             "line. Or prints what RULE would be without capkeep, where there is such a thing; or a drop-in for "
             "systemd that "
             "starts a\n"
             "service with capkeep.\n",
    .options = options,
    .end = "Exit status: 0 converted, 1 not, with the reason on stderr; 125 capkeep itself failed.\n",
};
