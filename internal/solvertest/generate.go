package solvertest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Classes are the result classes that a case asks for.
const Classes = "transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs"

// Generate makes one case. The same state of the random source gives the same case.
func Generate(rng *rand.Rand, features Profile) *Case {
	g := &generator{rng: rng, on: features}
	return g.generate()
}

type generator struct {
	rng   *rand.Rand
	on    Profile
	c     *Case
	names []string
}

func (g *generator) has(p Profile) bool { return g.on&p != 0 }
func (g *generator) chance(percent int) bool {
	return g.rng.IntN(100) < percent
}

func pick[T any](g *generator, list ...T) T { return list[g.rng.IntN(len(list))] }

func (g *generator) generate() *Case {
	g.names = []string{"A", "B", "C", "D", "E", "F", "G", "H"}[:3+g.rng.IntN(6)]
	g.c = &Case{System: pick(g, "x86_64 rpm", "i686 rpm", "unset rpm", "x86_64 rpm"), Result: Classes, Installed: "system"}
	g.repo("system", pick(g, "0", "0", "10"), g.rng.IntN(6))
	for i := range 1 + g.rng.IntN(3) {
		g.repo(fmt.Sprintf("r%d", i+1), g.priority(), 1+g.rng.IntN(8))
	}
	if g.has(NoInstalled) {
		g.c.Repos, g.c.Installed = g.c.Repos[1:], ""
	}
	g.setup()
	g.flags()
	for range 1 + g.rng.IntN(3) {
		g.c.Jobs = append(g.c.Jobs, g.job())
	}
	g.sideJobs()
	return g.c
}

func (g *generator) priority() string {
	if !g.has(Priorities) {
		return "0"
	}
	return pick(g, "0", "0", "10", "-5", "0.3")
}

// repo adds a repository. An installed one mostly holds one version of each name, as a real system does.
func (g *generator) repo(name, prio string, n int) {
	r := &Repo{Name: name, Priority: prio}
	seen := map[string]bool{}
	for range n {
		p := g.pkg(name == "system")
		key := p.Name + p.EVR + p.Release + p.Arch
		if name == "system" && !g.has(MultiVersion) {
			key = p.Name + p.Arch
		}
		if !seen[key] {
			seen[key] = true
			r.Packages = append(r.Packages, p)
		}
	}
	g.c.Repos = append(g.c.Repos, r)
}

func (g *generator) pkg(installed bool) *Package {
	p := &Package{Name: pick(g, g.names...), Release: pick(g, "1", "1", "1", "2"), Arch: g.arch(installed)}
	p.EVR = pick(g, "1", "2", "3")
	if installed {
		p.EVR = pick(g, "1", "2", "2")
	}
	if g.has(Epochs) && g.chance(15) {
		p.EVR = "1:" + p.EVR
	}
	if g.has(Epochs) && g.chance(10) {
		p.Release = "-"
	}
	evr := p.EVR
	if p.Release != "-" {
		evr += "-" + p.Release
	}
	if !g.chance(4) {
		p.add("Prv", p.Name+" = "+evr)
	}
	for g.chance(25) {
		p.add("Prv", g.provide())
	}
	g.dependencies(p)
	if g.has(Vendors) {
		p.add("Vnd", pick(g, "SUSE", "Fedora", "openSUSE build", "packman"))
	}
	// Without build times packages count as the same build if sums over numbers agree that are the solver's own.
	p.Lines = append(p.Lines, "=Tim: "+pick(g, "100", "100", "100", "200"))
	return p
}

func (p *Package) add(tag, dep string) { p.Lines = append(p.Lines, "="+tag+": "+dep) }

func (g *generator) arch(installed bool) string {
	if !g.has(Arches) {
		return "noarch"
	}
	if strings.HasPrefix(g.c.System, "i686") {
		return pick(g, "i686", "i586", "i686", "noarch")
	}
	if !installed && g.chance(5) {
		return "badarch"
	}
	return pick(g, "x86_64", "x86_64", "x86_64", "noarch", "i686", "i586")
}

func (g *generator) dependencies(p *Package) {
	for g.chance(45) {
		p.add(pick(g, "Req", "Req", "Req", "Prq"), g.dep(30))
	}
	if g.has(Conflicts) {
		for g.chance(20) {
			p.add("Con", g.dep(60))
		}
	}
	if g.has(Obsoletes) {
		for g.chance(20) {
			p.add("Obs", g.versioned(pick(g, g.names...), 60))
		}
	}
	if g.has(Weak) {
		for g.chance(40) {
			p.add(pick(g, "Rec", "Rec", "Sug", "Sup", "Sup", "Enh"), g.dep(20))
		}
	}
	if g.has(Files) {
		for g.chance(30) {
			p.add("Fls", pick(g, "/bin/a", "/bin/b", "/usr/lib/c", "/usr/d"))
		}
	}
}

// provide is a virtual provide, or another package's name.
func (g *generator) provide() string {
	name := pick(g, "V", "W", "X", "V", "W")
	if g.chance(10) {
		name = pick(g, g.names...)
	}
	if g.chance(50) {
		return name
	}
	return name + " " + pick(g, "=", "=", "=", "<", ">=") + " " + g.evr()
}

func (g *generator) evr() string {
	e := pick(g, "1", "2", "3", "2-1", "1-1", "3-1", "2-2")
	if g.has(Epochs) && g.chance(15) {
		e = pick(g, "0:", "1:") + e
	}
	return e
}

func (g *generator) versioned(name string, percent int) string {
	if !g.chance(percent) {
		return name
	}
	return name + " " + pick(g, "=", "<", ">", "<=", ">=", ">=", "<>") + " " + g.evr()
}

func (g *generator) simple(percent int) string {
	if g.has(Files) && g.chance(15) {
		return pick(g, "/bin/a", "/bin/b", "/usr/lib/c", "/usr/d", "/nowhere/e")
	}
	if g.chance(30) {
		return g.versioned(pick(g, "V", "W", "X"), percent)
	}
	if g.chance(3) {
		return "nosuch"
	}
	return g.versioned(pick(g, g.names...), percent)
}

func (g *generator) dep(percent int) string {
	if !g.has(Rich) || !g.chance(40) {
		return g.simple(percent)
	}
	return g.rich(percent, 2)
}

func (g *generator) operand(percent, depth int) string {
	if depth > 0 && g.chance(30) {
		return "(" + g.rich(percent, depth-1) + ")"
	}
	return g.simple(percent)
}

func (g *generator) rich(percent, depth int) string {
	a, b := g.operand(percent, depth), g.operand(percent, depth)
	if a[0] == '/' {
		a = "(" + a + ")" // what begins with a slash is a path to its end
	}
	switch g.rng.IntN(9) {
	case 0, 1:
		return a + " & " + b
	case 2, 3:
		return a + " | " + b
	case 4:
		return a + " <IF> " + b
	case 5:
		return a + " <IF> (" + b + " <ELSE> " + g.operand(percent, depth) + ")"
	case 6:
		if g.chance(50) {
			return a + " <UNLESS> (" + b + " <ELSE> " + g.operand(percent, depth) + ")"
		}
		return a + " <UNLESS> " + b
	case 7:
		return a + " + " + b
	default:
		return a + " - " + b
	}
}

func (g *generator) setup() {
	c := g.c
	if g.has(PoolFlags) {
		for _, f := range []string{"promoteepoch", "forbidselfconflicts", "obsoleteusesprovides", "implicitobsoleteusesprovides", "obsoleteusescolors",
			"implicitobsoleteusescolors", "noinstalledobsoletes", "noobsoletesmultiversion", "whatprovideswithdisabled", "addfileprovidesfiltered"} {
			if g.chance(20) {
				c.Setup = append(c.Setup, "poolflags "+f)
			}
		}
	}
	if g.has(LibDNF) {
		c.Setup = append(c.Setup, "poolflags implicitobsoleteusescolors whatprovideswithdisabled")
	}
	if g.has(Vendors) && g.chance(40) {
		c.Setup = append(c.Setup, "vendorclass SUSE openSUSE")
	}
	if g.has(Disabled) {
		for g.chance(50) {
			c.Setup = append(c.Setup, "disable "+pick(g, "pkg "+g.anyPackage(true), "name "+pick(g, g.names...), "provides "+g.simple(40), "pkg "+g.anyPackage(true)))
		}
	}
}

func (g *generator) flags() {
	var list []string
	if g.has(LibDNF) {
		list = append(list, "allowvendorchange", "dupallowvendorchange", "keeporphans", "bestobeypolicy", "yumobsoletes", "urpmreorder", "keepexplicitobsoletes")
		if g.chance(50) {
			list = append(list, "allowdowngrade")
		}
	}
	may := func(p Profile, percent int, flags ...string) {
		for _, f := range flags {
			if g.has(p) && g.chance(percent) {
				list = append(list, f)
			}
		}
	}
	may(Uninstall, 50, "allowuninstall")
	may(YumObsoletes, 100, "yumobsoletes")
	may(Strong, 100, "strongrecommends")
	may(Focus, 40, "focusinstalled", "focusnew", "focusbest")
	may(Best, 30, "bestobeypolicy")
	may(Dup, 15, "!dupallowdowngrade", "!dupallowarchchange", "!dupallowvendorchange", "!dupallownamechange", "keeporphans", "breakorphans")
	may(MultiVersion, 40, "keepexplicitobsoletes")
	may(Weak, 15, "addalreadyrecommended", "ignorerecommended")
	may(Priorities, 15, "strictrepopriority")
	may(Policy, 15, "allowdowngrade", "!allownamechange", "allowarchchange", "allowvendorchange", "noupdateprovide", "needupdateprovide", "splitprovides",
		"noinfarchcheck", "noautotarget", "urpmreorder", "installalsoupdates", "onlynamespacerecommended", "breakorphans", "keeporphans")
	g.c.Flags = list
}

// anyPackage spells a random package; of any repository, or of the installed one.
func (g *generator) anyPackage(any bool) string {
	var all []string
	for _, r := range g.c.Repos {
		for _, p := range r.Packages {
			if any || r.Name == g.c.Installed {
				all = append(all, p.Spelling(r.Name))
			}
		}
	}
	if len(all) == 0 {
		return g.anyPackage(true) // repositories other than the installed one are never empty
	}
	return pick(g, all...)
}

func (g *generator) selection() string {
	switch g.rng.IntN(10) {
	case 0, 1, 2, 3:
		return "name " + pick(g, g.names...)
	case 4:
		return "name " + g.versioned(pick(g, g.names...), 100)
	case 5, 6:
		return "provides " + g.simple(40)
	case 7:
		return "pkg " + g.anyPackage(true)
	case 8:
		if g.has(Arches) {
			return "name " + pick(g, g.names...) + " . " + pick(g, "x86_64", "i686", "noarch")
		}
		return "oneof " + g.anyPackage(true)
	default:
		return "oneof " + g.anyPackage(true) + " " + g.anyPackage(true)
	}
}

func (g *generator) job() string {
	verbs := []string{"install", "install", "install", "install", "erase", "update", "update"}
	if g.has(Dup) {
		verbs = append(verbs, "distupgrade", "distupgrade", "distupgrade")
	}
	verb := pick(g, verbs...)
	sel := g.selection()
	switch verb {
	case "update":
		if g.chance(60) {
			sel = "all packages"
		}
	case "distupgrade":
		sel = pick(g, "all packages", "all packages", "repo r1", sel)
	case "install":
		if g.has(Rich) && g.chance(5) {
			sel = "provides " + g.rich(30, 1)
		}
	}
	return verb + " " + sel + g.jobFlags(verb)
}

func (g *generator) jobFlags(verb string) string {
	var list []string
	may := func(p Profile, percent int, flag string) {
		if g.has(p) && g.chance(percent) {
			list = append(list, flag)
		}
	}
	may(Best, 50, "forcebest")
	may(CleanDeps, 50, "cleandeps")
	may(Targets, 10, "weak")
	may(Targets, 10, "essential")
	if verb == "update" || verb == "distupgrade" {
		may(Targets, 20, "targeted")
	}
	if verb == "install" {
		may(Targets, 20, "orupdate")
		may(LibDNF, 60, "setarch,setevr")
	}
	may(Targets, 5, "notbyuser")
	if len(list) == 0 {
		return ""
	}
	return " [" + strings.Join(list, ",") + "]"
}

// sideJobs are those that change what the others mean.
func (g *generator) sideJobs() {
	add := func(p Profile, percent int, job string) {
		if g.has(p) && g.chance(percent) {
			g.c.Jobs = append(g.c.Jobs, job)
		}
	}
	for range 2 {
		add(MultiVersion, 60, "multiversion "+pick(g, "name "+pick(g, g.names...), "provides "+pick(g, g.names...)))
		add(Locks, 50, "lock "+pick(g, "name "+pick(g, g.names...), "pkg "+g.anyPackage(false), "pkg "+g.anyPackage(true)))
		add(Favor, 40, pick(g, "favor ", "disfavor ")+pick(g, "name "+pick(g, g.names...), "pkg "+g.anyPackage(true)))
		add(CleanDeps, 40, "userinstalled "+pick(g, "name "+pick(g, g.names...), "pkg "+g.anyPackage(false)))
		add(Uninstall, 30, "allowuninstall "+pick(g, "name "+pick(g, g.names...), "pkg "+g.anyPackage(false), "all packages"))
		add(Blacklist, 60, "blacklist "+g.selection())
	}
	add(Favor, 30, "excludefromweak name "+pick(g, g.names...))
	add(Targets, 15, "verify "+pick(g, "all packages", "name "+pick(g, g.names...)))
	add(Targets, 10, "weakendeps name "+pick(g, g.names...))
	add(Dup, 20, "droporphaned "+pick(g, "all packages", "name "+pick(g, g.names...)))
	if g.has(LibDNF) && g.chance(60) {
		g.libDNFJobs()
	}
}

// libDNFJobs locks the installed packages, as layering does, or allows each of them to go.
func (g *generator) libDNFJobs() {
	lock := g.chance(50)
	for _, r := range g.c.Repos {
		if r.Name != g.c.Installed {
			continue
		}
		for _, p := range r.Packages {
			if lock && !g.chance(15) {
				g.c.Jobs = append(g.c.Jobs, "lock pkg "+p.Spelling(r.Name))
			}
			if !lock || g.chance(30) {
				g.c.Jobs = append(g.c.Jobs, "allowuninstall pkg "+p.Spelling(r.Name))
			}
		}
	}
}
