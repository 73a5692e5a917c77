/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dlmopen_alone base|new MODULE: all that this program refers to is dlmopen; what the module does at load is to the point. */
#include <dlfcn.h>

int main(int argc, char *argv[])
{
    return argc < 3 || dlmopen(argv[1][0] == 'b' ? LM_ID_BASE : LM_ID_NEWLM, argv[2], RTLD_NOW) == 0;
}
