package evr

import "slices"

// CompatibleArches lists the architectures whose packages install on a machine, the best
// one first, as rpm does: for x86_64 these are x86_64, amd64, em64t, athlon, noarch, i686 and
// so on. An unknown machine takes its own packages and noarch.
func CompatibleArches(machine string) []string {
	list := []string{machine}
	for i := 0; i < len(list); i++ {
		for _, next := range alsoRuns[list[i]] {
			if !slices.Contains(list, next) {
				list = append(list, next)
			}
		}
	}
	if len(list) == 1 && machine != noarch {
		list = append(list, noarch)
	}
	return list
}

// BaseArch is the name of the repository family ($basearch) that serves an
// architecture: i686 is served by i386, amd64 by x86_64, armv7l by arm; most are their own.
func BaseArch(arch string) string {
	for base, members := range families {
		if slices.Contains(members, arch) {
			return base
		}
	}
	return arch
}

// IsSourceArch reports whether packages of the architecture hold sources.
func IsSourceArch(arch string) bool { return arch == "src" || arch == "nosrc" }

const noarch = "noarch"

// alsoRuns holds the direct steps of rpm's arch_compat lists.
var alsoRuns = map[string][]string{
	"x86_64":      {"amd64", "em64t", "athlon", noarch},
	"amd64":       {"x86_64", "em64t", "athlon", noarch},
	"ia32e":       {"x86_64", "em64t", "athlon", noarch},
	"x86_64_v2":   {"x86_64"},
	"x86_64_v3":   {"x86_64_v2"},
	"x86_64_v4":   {"x86_64_v3"},
	"athlon":      {"i686"},
	"geode":       {"i586"},
	"pentium4":    {"pentium3"},
	"pentium3":    {"i686"},
	"i686":        {"i586"},
	"i586":        {"i486"},
	"i486":        {"i386"},
	"i386":        {noarch},
	"s390x":       {"s390", noarch},
	"ppc64":       {"ppc"},
	"ppc64p7":     {"ppc64"},
	"ppc":         {noarch},
	"armv8hl":     {"armv7hl"},
	"armv7hnl":    {"armv7hl"},
	"armv7hl":     {"armv6hl"},
	"armv6hl":     {noarch},
	"armv8l":      {"armv7l"},
	"armv7l":      {"armv6l"},
	"armv6l":      {"armv5tejl"},
	"armv5tejl":   {"armv5tel"},
	"armv5tel":    {noarch},
	"aarch64":     {noarch},
	"loongarch64": {noarch},
	"ppc64le":     {noarch},
	"riscv64":     {noarch},
	"s390":        {noarch},
}

var families = map[string][]string{
	"i386":   {"i386", "i486", "i586", "i686", "athlon", "geode", "pentium3", "pentium4"},
	"x86_64": {"x86_64", "amd64", "ia32e", "em64t", "x86_64_v2", "x86_64_v3", "x86_64_v4"},
	"arm":    {"armv5tejl", "armv5tel", "armv5tl", "armv6l", "armv7l", "armv8l"},
	"armhfp": {"armv6hl", "armv7hl", "armv7hnl", "armv8hl"},
	"ppc64":  {"ppc64", "ppc64p7"},
}
