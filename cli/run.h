#pragma once

/* Exit statuses as env(1) and timeout(1) have them. */
enum { CK_EXIT_FAILED = 125, CK_EXIT_NOT_EXECUTABLE = 126, CK_EXIT_NOT_FOUND = 127 };

/* `capkeep run`: argv[0] is "run". Becomes COMMAND, or returns one of the statuses above with the reason on stderr. */
int ck_run(int argc, char *argv[]);
