#pragma once
/* The command line of `capkeep convert`. */
#include "../common/options.h"

enum ck_convert_option { CK_CONVERT_FROM = 1, CK_CONVERT_TO, CK_CONVERT_POLICY };

extern const struct ck_verb ck_convert_table;
