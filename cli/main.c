#include <stdio.h>
#include <string.h>

#include "run.h"

static void usage(FILE *stream)
{
    fputs("Usage: capkeep run [-a CAPS] [-b CAPS] [--no-new-privs] [--for-user USER] [--for-program PATH]\n"
          "                   [--for-launcher PATH] [--on-failure continue|refuse] [--log DEST] [--] COMMAND [ARG...]\n"
          "\n"
          "Runs COMMAND, a launcher, so that the program that it starts as another user has CAPS, and no more.\n"
          "Exit status: that of COMMAND; 125 capkeep itself failed; 126 found but not executable; 127 not found.\n",
          stream);
}

int main(int argc, char *argv[])
{
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return ck_run(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc > 1)
        fprintf(stderr, "capkeep: unknown verb \"%s\"; did you mean run?\n", argv[1]);
    else
        usage(stderr);
    return CK_EXIT_FAILED;
}
