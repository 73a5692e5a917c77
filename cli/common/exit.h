#pragma once
/* Exit statuses as env(1) and timeout(1) have them. */
enum { CK_EXIT_FAILED = 125, CK_EXIT_NOT_EXECUTABLE = 126, CK_EXIT_NOT_FOUND = 127 };
