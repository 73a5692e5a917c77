/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ends what was written to standard output, and so the process: what did not arrive is an error, whatever else went well.
 * Returns `status`, or 125 with a line on standard error.
 */
int ck_output_close(int status);
