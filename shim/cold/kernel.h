#pragma once
/* The running kernel. */
#include "../../model/kernel.h"

void ck_kernel_read(struct ck_kernel *ret_kernel);
