// SPDX-License-Identifier: MIT
// sysctl.vm.* on the command line (fs/proc/proc_sysctl.c), as far as it shapes watermarks, reserves and per-CPU lists.
#pragma once

#include "mm/watermarks.h"
#include "zonecalc/cmdline.h"

namespace zonecalc {

// do_sysctl_args(): what the parameters ask for, before user space starts. A value that the kernel refuses changes nothing.
VmSysctl do_sysctl_args(const Kernel& kernel, const Cmdline& cmdline);

}  // namespace zonecalc
