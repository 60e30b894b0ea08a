package solver

import (
	"bytes"
	"strings"
)

// archPolicy scores architectures: the upper 16 bits are the class, 1 is
// noarch, 0 is not installable.
type archPolicy struct {
	set    bool
	scores []uint32 // by string id
}

// archPolicies maps machine architectures to the architectures they run, in
// classes from best to worst. Others run only themselves.
var archPolicies = [...][2]string{
	{"x86_64_v4", "x86_64_v4:x86_64_v3:x86_64_v2:x86_64:athlon:i686:i586:i486:i386"},
	{"x86_64_v3", "x86_64_v3:x86_64_v2:x86_64:athlon:i686:i586:i486:i386"},
	{"x86_64_v2", "x86_64_v2:x86_64:athlon:i686:i586:i486:i386"},
	{"x86_64", "x86_64:athlon:i686:i586:i486:i386"},
	{"i686", "i686:i586:i486:i386"},
	{"i586", "i586:i486:i386"},
	{"i486", "i486:i386"},
	{"s390x", "s390x:s390"},
	{"ppc64", "ppc64:ppc"},
	{"ppc64p7", "ppc64p7:ppc64:ppc"},
	{"ia64", "ia64:i686:i586:i486:i386"},
	{"armv8hcnl", "armv8hcnl:armv8hnl:armv8hl:armv7hnl:armv7hl:armv6hl"},
	{"armv8hnl", "armv8hnl:armv8hl:armv7hnl:armv7hl:armv6hl"},
	{"armv8hl", "armv8hl:armv7hl:armv6hl"},
	{"armv8l", "armv8l:armv7l:armv6l:armv5tejl:armv5tel:armv5tl:armv5l:armv4tl:armv4l:armv3l"},
	{"armv7hnl", "armv7hnl:armv7hl:armv6hl"},
	{"armv7hl", "armv7hl:armv6hl"},
	{"armv7l", "armv7l:armv6l:armv5tejl:armv5tel:armv5tl:armv5l:armv4tl:armv4l:armv3l"},
	{"armv6l", "armv6l:armv5tejl:armv5tel:armv5tl:armv5l:armv4tl:armv4l:armv3l"},
	{"armv5tejl", "armv5tejl:armv5tel:armv5tl:armv5l:armv4tl:armv4l:armv3l"},
	{"armv5tel", "armv5tel:armv5tl:armv5l:armv4tl:armv4l:armv3l"},
	{"armv5tl", "armv5tl:armv5l:armv4tl:armv4l:armv3l"},
	{"armv5l", "armv5l:armv4tl:armv4l:armv3l"},
	{"armv4tl", "armv4tl:armv4l:armv3l"},
	{"armv4l", "armv4l:armv3l"},
	{"sh4a", "sh4a:sh4"},
	{"sparc64v", "sparc64v:sparc64:sparcv9v:sparcv9:sparcv8:sparc"},
	{"sparc64", "sparc64:sparcv9:sparcv8:sparc"},
	{"sparcv9v", "sparcv9v:sparcv9:sparcv8:sparc"},
	{"sparcv9", "sparcv9:sparcv8:sparc"},
	{"sparcv8", "sparcv8:sparc"},
}

// SetArch sets the architecture of the machine, for example "x86_64". The empty
// string removes the policy: every architecture is installable then.
func (p *Pool) SetArch(arch string) {
	for _, a := range archPolicies {
		if a[0] == arch {
			p.SetArchPolicy(a[1])
			return
		}
	}
	p.SetArchPolicy(arch)
}

// SetArchPolicy sets the installable architectures directly, best first:
// "a:b>c=d" has the classes a and b; c is less good than b, yet replaces it, d
// is as good as c. The empty string removes the policy.
func (p *Pool) SetArchPolicy(policy string) {
	p.prov.reset()
	p.arch = archPolicy{set: policy != ""}
	if policy == "" {
		return
	}
	p.arch.setScore(ArchNoarch, 1)
	score := uint32(0x10001)
	sep := byte(0)
	for {
		i := strings.IndexAny(policy, ":=>")
		name := policy
		if i >= 0 {
			name = policy[:i]
		}
		if name != "" {
			if id := p.InternString(name); p.arch.score(id) == 0 {
				switch sep {
				case ':':
					score += 0x10000
				case '>':
					score++
				}
				p.arch.setScore(id, score)
			}
		}
		if i < 0 {
			return
		}
		sep, policy = policy[i], policy[i+1:]
	}
}

// HasArchPolicy reports whether architectures are restricted.
func (p *Pool) HasArchPolicy() bool { return p.arch.set }

// ArchScore returns 0 for an architecture that is not installable, 1 for
// noarch, and otherwise the rank: the upper 16 bits are the class, lower is
// better.
func (p *Pool) ArchScore(arch ID) uint32 { return p.arch.score(arch) }

func (a *archPolicy) setScore(id ID, score uint32) {
	for int(id) >= len(a.scores) {
		a.scores = append(a.scores, 0)
	}
	a.scores[id] = score
}

func (a *archPolicy) score(id ID) uint32 {
	if int(id) >= len(a.scores) {
		return 0
	}
	return a.scores[id]
}

// sameClass reports whether two scores allow replacing one by the other.
func sameClass(a, b uint32) bool { return (a^b)&0xffff0000 == 0 }

// Word sizes of architectures.
const (
	color32  = 1
	color64  = 2
	colorAll = 255
)

func (p *Pool) archColor(arch ID) uint8 {
	if !p.arch.set || arch == ArchNoarch || arch == ArchAll || arch == ArchAny {
		return colorAll
	}
	name := p.strs.get(arch)
	if string(name) == "s390x" || bytes.Contains(name, []byte("64")) {
		return color64
	}
	return color32
}

// colorMatch reports whether two packages are of the same word size.
func (p *Pool) colorMatch(a, b *Solvable) bool {
	return a.Arch == b.Arch || p.archColor(a.Arch)&p.archColor(b.Arch) != 0
}
